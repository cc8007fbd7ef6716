// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IInputUploads} from "./IInputUploads.sol";
import {ITournament} from "./ITournament.sol";

/// @title Requests, answers and payment
/// @notice spec/06-dispute.md §9.
interface IInferenceMarket is IInputUploads {
    /// @notice Where a task stands.
    enum TaskStatus {
        None,
        Requested,
        Submitted,
        Disputed,
        /// The dispute fixed a result whose bytes nobody has delivered yet.
        AwaitingDelivery,
        /// Final: `result` holds.
        Final,
        Refunded
    }

    /// @notice A task as a whole.
    struct TaskView {
        TaskStatus status;
        address requester;
        bool inputElsewhere;
        bytes32 modelId;
        bytes32 inputRoot;
        uint256 feeWei;
        uint40 deadline;
        address submitter;
        uint40 submittedAt;
        /// Zero once a dispute has put another result in its place.
        bytes32 postedResult;
        /// Meaningful in AwaitingDelivery and Final.
        bytes32 result;
        address resultOwner;
        uint40 deliveryDeadline;
        uint32 callbackGas;
        bool callbackDone;
    }

    /// @notice A deployment parameter below its minimum (spec/07 §3).
    error ParameterTooSmall(bytes32 name, uint256 value, uint256 minimum);
    /// @notice A deployment parameter above its maximum (spec/07 §3).
    error ParameterTooLarge(bytes32 name, uint256 value, uint256 maximum);
    /// @notice The task is unknown or has another status than the action needs.
    error WrongStatus(bytes32 taskId, TaskStatus status);
    /// @notice A deadline that has passed already.
    error DeadlinePassed(uint256 deadline, uint256 time);
    /// @notice A deadline or window that the action has to wait for.
    error TooEarly(uint256 notBefore, uint256 time);
    /// @notice The value sent is not the submit bond.
    error WrongSubmitBond(uint256 expectedWei, uint256 sentWei);
    /// @notice The dispute is void, or the posted result has won it: `resolve` says so.
    error NothingToDeliver(bytes32 taskId);
    /// @notice FAILED has no bytes.
    error OutputUnexpected(uint256 numBytes);
    /// @notice A first claim must differ from the posted result.
    error ResultNotDisputed(bytes32 result);
    /// @notice The bytes are not those of the result.
    error OutputMismatch(bytes32 expected, bytes32 actual);
    /// @notice The tournament about this task is still running.
    error DisputeOpen(bytes32 taskId, bytes32 tournamentId);
    /// @notice The task asked for no callback, or has had it.
    error NoCallbackDue(bytes32 taskId);
    /// @notice The transaction has too little gas for the callback that was asked for.
    error CallbackGasMissing(uint256 required, uint256 available);
    /// @notice Only the tournament pays into this contract without a call.
    error UnexpectedPayment(address sender);
    /// @notice The account has no credit.
    error NothingToWithdraw(address account);
    /// @notice The account did not take its credit; it stays.
    error WithdrawFailed(address account);

    /// @notice A question, with its input bytes unless `inputElsewhere` or uploaded (InputChunk, the last one just before).
    event Requested(
        bytes32 indexed taskId, address indexed requester, bytes32 indexed modelId, uint256 nonce, bytes32 inputRoot, uint256 feeWei, uint40 deadline, bool inputElsewhere, bytes input
    );
    /// @notice An answer, with its bytes unless FAILED.
    event Submitted(bytes32 indexed taskId, address indexed submitter, bytes32 result, bool failed, bytes output);
    /// @notice A dispute began; `result` is what the first claim stands for.
    event Challenged(bytes32 indexed taskId, bytes32 indexed tournamentId, address indexed challenger, bytes32 result);
    /// @notice The window or the dispute fixed a result.
    event Resolved(bytes32 indexed taskId, bytes32 result, address resultOwner, bool awaitingDelivery);
    /// @notice The bytes of a disputed result.
    event Delivered(bytes32 indexed taskId, bytes output);
    /// @notice The result holds for ever.
    event Finalised(bytes32 indexed taskId, bytes32 result);
    /// @notice The requester was credited this much, and there will be no result.
    event TaskRefunded(bytes32 indexed taskId, uint256 amountWei);
    /// @notice The requester's contract was called.
    event CalledBack(bytes32 indexed taskId, bool success);
    /// @notice Wei went to a plain account at once.
    event Paid(address indexed to, uint256 amountWei);
    /// @notice An account may withdraw more.
    event Credited(address indexed to, uint256 amountWei);
    /// @notice Wei left the contract.
    event Withdrawn(address indexed to, uint256 amountWei);

    /// @notice Asks `_modelId` for its answer to `_input`; the value sent is the fee. `_callbackGas` 0: no callback.
    function request(bytes32 _modelId, bytes calldata _input, uint40 _deadline, uint32 _callbackGas) external payable returns (bytes32 taskId_);
    /// @notice As `request`, with an input whose chunks but the last were appended (`appendInput`). Takes the last chunk.
    /// @param _offset Where the last chunk stands in the posted bytes; aligned to the smallest subtree that holds it.
    function requestUploaded(bytes32 _modelId, bytes32 _inputRoot, uint256 _offset, bytes calldata _lastChunk, uint40 _deadline, uint32 _callbackGas) external payable returns (bytes32 taskId_);
    /// @notice As `request`, with the input's root alone; the bytes are elsewhere, at the requester's risk.
    function requestWithRoot(bytes32 _modelId, bytes32 _inputRoot, uint40 _deadline, uint32 _callbackGas) external payable returns (bytes32 taskId_);
    /// @notice Answers with output bytes, or with FAILED (`_failed`, no bytes). The value sent is the submit bond.
    function submit(bytes32 _taskId, bytes calldata _output, bool _failed) external payable;
    /// @notice Opens the dispute with the caller's claim, whose result must differ from the posted one. Value: the bond of the model's root kind.
    function challenge(bytes32 _taskId, ITournament.JoinData calldata _join) external payable;
    /// @notice Fixes an unchallenged result after the challenge window, or a disputed one after `finishRoot`.
    function resolve(bytes32 _taskId) external;
    /// @notice Ends a dispute that another result than the posted one has won, all at once: finishes the root tournament, fixes the
    /// result, delivers its bytes, and pays what the winner is owed. The caller gets the refund for finishing.
    /// @param _winner The survivor's key, as `finishRoot` takes it.
    /// @param _output The bytes of its result, which is not FAILED.
    function settle(bytes32 _taskId, ITournament.ClaimKey calldata _winner, bytes calldata _output) external;
    /// @notice Gives the bytes of a disputed result that won against the posted one.
    function deliver(bytes32 _taskId, bytes calldata _output) external;
    /// @notice Refunds the requester: nobody answered by the deadline, or nobody delivered.
    function refund(bytes32 _taskId) external;
    /// @notice Calls the requester's contract with the final output; can be repeated until it succeeds once.
    function callback(bytes32 _taskId, bytes calldata _output) external;
    /// @notice Pays `_to` its credit; anyone may call.
    function withdraw(address payable _to) external;

    /// @notice A task; status None if there is none.
    function task(bytes32 _taskId) external view returns (TaskView memory);
    /// @notice Id of a request (spec/03 §5); known before it is sent.
    function taskIdOf(address _requester, uint256 _nonce, bytes32 _modelId, bytes32 _inputRoot) external view returns (bytes32);
    /// @notice Nonce of the next request of an account.
    function nonceOf(address _requester) external view returns (uint256);
    /// @notice Wei that an account may withdraw.
    function creditWei(address _account) external view returns (uint256);
}

/// @notice Implemented by a requester's contract that wants the result delivered.
interface IInferenceCallback {
    /// @notice Called at finality, with bounded gas, until it succeeds once.
    /// @param _failed The program answered FAILED; `_output` is empty.
    function onInferenceResult(bytes32 _taskId, bytes calldata _output, bool _failed) external;
}
