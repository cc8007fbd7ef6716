// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IInferenceCallback, IInferenceMarket} from "../interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IReferee} from "../interfaces/IReferee.sol";
import {ITournament} from "../interfaces/ITournament.sol";
import {Bond} from "../libraries/Bond.sol";
import {Commitment} from "../libraries/Commitment.sol";
import {FAILED} from "../types/Machine.sol";
import {InputUploads} from "./InputUploads.sol";

/// @title Requests, answers and payment
/// @notice spec/06-dispute.md §9. No owner, no upgrade; payments are pulled.
/// @dev Reentrancy: every action finishes its effects before it calls a requester or a payee. The tournament and the
/// registry are trusted: they are fixed at deployment.
contract InferenceMarket is IInferenceMarket, InputUploads {
    /// @dev One task. The first word has what `submit` and `challenge` change.
    struct Task {
        address requester;
        TaskStatus status;
        bool inputElsewhere;
        bool callbackDone;
        uint40 submittedAt;
        uint32 callbackGas;
        address submitter;
        uint40 deadline;
        uint40 deliveryDeadline;
        bytes32 modelId;
        bytes32 inputRoot;
        uint96 feeWei;
        /// Owner of the result of a dispute that the posted one has lost; else zero, and the submitter owns it.
        address winner;
        /// The posted result, until a dispute puts another in its place.
        bytes32 result;
    }

    bytes32 private constant TASK_TAG = keccak256("opml.task.1");
    uint256 private constant MAX_DELIVERY_WINDOW = 365 days;
    /// @dev Gas that must be left besides the callback's own: the call with its arguments, and what follows it.
    uint256 private constant CALLBACK_OVERHEAD_GAS = 30_000;
    /// @dev Gas for a payee without code, which needs none.
    uint256 private constant PAYEE_GAS = 5_000;

    IReferee public immutable REFEREE;
    ITournament public immutable TOURNAMENT;
    uint256 public immutable CHALLENGE_WINDOW;
    uint256 public immutable DELIVERY_WINDOW;
    uint256 public immutable SUBMIT_BOND_WEI;

    mapping(bytes32 taskId => Task) private _tasks;
    mapping(address requester => uint256 nonce) private _nonces;
    mapping(address account => uint256 amountWei) private _credits;

    constructor(IReferee _referee, ITournament _tournament, uint40 _deliveryWindow, uint256 _submitBondWei)
        InputUploads(_referee.REGISTRY())
    {
        if (_deliveryWindow == 0) revert ParameterTooSmall("deliveryWindow", _deliveryWindow, 1);
        if (_deliveryWindow > MAX_DELIVERY_WINDOW) {
            revert ParameterTooLarge("deliveryWindow", _deliveryWindow, MAX_DELIVERY_WINDOW);
        }
        ITournament.Parameters memory game = _tournament.parameters();
        // INVARIANT: the bond of a submitter that disputes itself covers what its own lonely claim lacks at the end.
        uint256 minBondWei = Bond.lonelyGas() * game.priceCapWei + 2 * Bond.GWEI;
        if (_submitBondWei < minBondWei) revert ParameterTooSmall("submitBondWei", _submitBondWei, minBondWei);
        REFEREE = _referee;
        TOURNAMENT = _tournament;
        CHALLENGE_WINDOW = game.challengeWindow;
        DELIVERY_WINDOW = _deliveryWindow;
        SUBMIT_BOND_WEI = _submitBondWei;
    }

    /// @dev The pot of a void tournament arrives here.
    receive() external payable {
        if (msg.sender != address(TOURNAMENT)) revert UnexpectedPayment(msg.sender);
    }

    /// @inheritdoc IInferenceMarket
    function request(bytes32 _modelId, bytes calldata _input, uint40 _deadline, uint32 _callbackGas)
        external
        payable
        returns (bytes32 taskId_)
    {
        bytes32 inputRoot = REFEREE.inputRootFrom(_modelId, _input);
        taskId_ = open(_modelId, inputRoot, _deadline, _callbackGas, false, _input);
    }

    /// @inheritdoc IInferenceMarket
    function requestUploaded(
        bytes32 _modelId,
        bytes32 _inputRoot,
        uint256 _offset,
        bytes calldata _lastChunk,
        uint40 _deadline,
        uint32 _callbackGas
    ) external payable returns (bytes32 taskId_) {
        completeUpload(_modelId, _inputRoot, _offset, _lastChunk);
        taskId_ = open(_modelId, _inputRoot, _deadline, _callbackGas, false, msg.data[:0]);
    }

    /// @inheritdoc IInferenceMarket
    function requestWithRoot(bytes32 _modelId, bytes32 _inputRoot, uint40 _deadline, uint32 _callbackGas)
        external
        payable
        returns (bytes32 taskId_)
    {
        if (!REGISTRY.isRegistered(_modelId)) revert IModelRegistry.UnknownModel(_modelId);
        taskId_ = open(_modelId, _inputRoot, _deadline, _callbackGas, true, msg.data[:0]);
    }

    /// @inheritdoc IInferenceMarket
    function submit(bytes32 _taskId, bytes calldata _output, bool _failed) external payable {
        Task storage data = checkStatus(_taskId, TaskStatus.Requested);
        if (block.timestamp >= data.deadline) revert DeadlinePassed(data.deadline, block.timestamp);
        if (msg.value != SUBMIT_BOND_WEI) revert WrongSubmitBond(SUBMIT_BOND_WEI, msg.value);
        if (_failed && _output.length != 0) revert OutputUnexpected(_output.length);
        bytes32 result = _failed ? FAILED : REFEREE.resultFrom(data.modelId, _output);
        data.status = TaskStatus.Submitted;
        data.submittedAt = uint40(block.timestamp);
        data.submitter = msg.sender;
        data.result = result;
        emit Submitted(_taskId, msg.sender, result, _failed, _output);
    }

    /// @inheritdoc IInferenceMarket
    function challenge(bytes32 _taskId, ITournament.JoinData calldata _join) external payable {
        Task storage data = checkStatus(_taskId, TaskStatus.Submitted);
        uint256 windowEnd = data.submittedAt + CHALLENGE_WINDOW;
        if (block.timestamp >= windowEnd) revert DeadlinePassed(windowEnd, block.timestamp);
        data.status = TaskStatus.Disputed;
        bytes32 result =
            TOURNAMENT.openRoot{value: msg.value}(_taskId, data.modelId, data.inputRoot, msg.sender, _join);
        // INVARIANT: a dispute begins with two different answers, the posted one and this.
        if (result == data.result) revert ResultNotDisputed(result);
        emit Challenged(_taskId, Commitment.rootTournamentId(address(this), _taskId), msg.sender, result);
    }

    /// @inheritdoc IInferenceMarket
    function resolve(bytes32 _taskId) external {
        Task storage data = _tasks[_taskId];
        if (data.status == TaskStatus.Disputed) {
            resolveDispute(_taskId, data);
            return;
        }
        checkStatus(_taskId, TaskStatus.Submitted);
        uint256 windowEnd = data.submittedAt + CHALLENGE_WINDOW;
        if (block.timestamp < windowEnd) revert TooEarly(windowEnd, block.timestamp);
        acceptPosted(_taskId, data);
    }

    /// @inheritdoc IInferenceMarket
    function deliver(bytes32 _taskId, bytes calldata _output) external {
        Task storage data = checkStatus(_taskId, TaskStatus.AwaitingDelivery);
        if (block.timestamp >= data.deliveryDeadline) revert DeadlinePassed(data.deliveryDeadline, block.timestamp);
        checkOutput(data, _output);
        emit Delivered(_taskId, _output);
        finalise(_taskId, data);
        credit(data.winner, data.feeWei);
    }

    /// @inheritdoc IInferenceMarket
    function settle(bytes32 _taskId, ITournament.ClaimKey calldata _winner, bytes calldata _output) external {
        Task storage data = checkStatus(_taskId, TaskStatus.Disputed);
        bytes32 tournamentId = Commitment.rootTournamentId(address(this), _taskId);
        uint256 balanceWei = address(this).balance;
        TOURNAMENT.finishRoot(tournamentId, _winner);
        // The game refunds its sender, which is this market. SAFETY: nothing else leaves or comes in between.
        uint256 refundWei = address(this).balance - balanceWei;
        ITournament.Outcome memory outcome = TOURNAMENT.outcomeOf(tournamentId);
        if (outcome.winner == address(0) || outcome.result == data.result) {
            revert NothingToDeliver(_taskId);
        }
        address owner = outcome.winner;
        (data.result, data.winner) = (outcome.result, owner);
        checkOutput(data, _output);
        emit Resolved(_taskId, outcome.result, owner, true);
        emit Delivered(_taskId, _output);
        finalise(_taskId, data);
        uint256 amountWei = SUBMIT_BOND_WEI + data.feeWei;
        if (owner == msg.sender) {
            payOut(owner, amountWei + refundWei);
        } else {
            payOut(owner, amountWei);
            payOut(msg.sender, refundWei);
        }
    }

    /// @inheritdoc IInferenceMarket
    function refund(bytes32 _taskId) external {
        Task storage data = _tasks[_taskId];
        bool isAnswered = data.status == TaskStatus.AwaitingDelivery;
        if (!isAnswered) checkStatus(_taskId, TaskStatus.Requested);
        uint256 notBefore = isAnswered ? data.deliveryDeadline : data.deadline;
        if (block.timestamp < notBefore) revert TooEarly(notBefore, block.timestamp);
        giveBack(_taskId, data, data.feeWei);
    }

    /// @inheritdoc IInferenceMarket
    function callback(bytes32 _taskId, bytes calldata _output) external {
        Task storage data = checkStatus(_taskId, TaskStatus.Final);
        if (data.callbackGas == 0 || data.callbackDone) revert NoCallbackDue(_taskId);
        bool failed = data.result == FAILED;
        if (!failed) checkOutput(data, _output);
        else if (_output.length != 0) revert OutputUnexpected(_output.length);
        bytes memory call_ = abi.encodeCall(IInferenceCallback.onInferenceResult, (_taskId, _output, failed));
        // At most 63/64 of the gas go along: with less than this the receiver would fail for the caller's thrift.
        uint256 required = (uint256(data.callbackGas) * 64) / 63 + CALLBACK_OVERHEAD_GAS;
        if (gasleft() < required) revert CallbackGasMissing(required, gasleft());
        data.callbackDone = true;
        bool success = callBounded(data.requester, data.callbackGas, call_);
        // It may be repeated until it succeeds once.
        if (!success) data.callbackDone = false;
        emit CalledBack(_taskId, success);
    }

    /// @inheritdoc IInferenceMarket
    function withdraw(address payable _to) external {
        uint256 amountWei = _credits[_to];
        if (amountWei == 0) revert NothingToWithdraw(_to);
        _credits[_to] = 0;
        (bool success,) = _to.call{value: amountWei}("");
        if (!success) revert WithdrawFailed(_to);
        emit Withdrawn(_to, amountWei);
    }

    /// @inheritdoc IInferenceMarket
    function task(bytes32 _taskId) external view returns (TaskView memory view_) {
        Task storage data = _tasks[_taskId];
        view_.status = data.status;
        view_.requester = data.requester;
        view_.inputElsewhere = data.inputElsewhere;
        view_.modelId = data.modelId;
        view_.inputRoot = data.inputRoot;
        view_.feeWei = data.feeWei;
        view_.deadline = data.deadline;
        view_.submitter = data.submitter;
        view_.submittedAt = data.submittedAt;
        bool isKnown = data.status == TaskStatus.AwaitingDelivery || data.status == TaskStatus.Final;
        if (data.winner == address(0)) view_.postedResult = data.result;
        if (isKnown) (view_.result, view_.resultOwner) = (data.result, ownerOf(data));
        view_.deliveryDeadline = data.deliveryDeadline;
        view_.callbackGas = data.callbackGas;
        view_.callbackDone = data.callbackDone;
    }

    /// @inheritdoc IInferenceMarket
    function nonceOf(address _requester) external view returns (uint256) {
        return _nonces[_requester];
    }

    /// @inheritdoc IInferenceMarket
    function creditWei(address _account) external view returns (uint256) {
        return _credits[_account];
    }

    /// @inheritdoc IInferenceMarket
    function taskIdOf(address _requester, uint256 _nonce, bytes32 _modelId, bytes32 _inputRoot)
        public
        view
        returns (bytes32)
    {
        return keccak256(
            abi.encode(TASK_TAG, block.chainid, address(this), _requester, _nonce, _modelId, _inputRoot)
        );
    }

    /// @dev Stores a request; the value sent is its fee.
    function open(
        bytes32 _modelId,
        bytes32 _inputRoot,
        uint40 _deadline,
        uint32 _callbackGas,
        bool _inputElsewhere,
        bytes calldata _input
    ) private returns (bytes32 taskId_) {
        if (block.timestamp >= _deadline) revert DeadlinePassed(_deadline, block.timestamp);
        uint256 nonce = _nonces[msg.sender]++;
        taskId_ = taskIdOf(msg.sender, nonce, _modelId, _inputRoot);
        Task storage data = _tasks[taskId_];
        data.requester = msg.sender;
        data.status = TaskStatus.Requested;
        data.inputElsewhere = _inputElsewhere;
        data.callbackGas = _callbackGas;
        data.deadline = _deadline;
        data.modelId = _modelId;
        data.inputRoot = _inputRoot;
        // SAFETY: there is less ether than 2^96 wei.
        data.feeWei = uint96(msg.value);
        emit Requested(
            taskId_, msg.sender, _modelId, nonce, _inputRoot, msg.value, _deadline, _inputElsewhere, _input
        );
    }

    /// @dev What a finished dispute means for the task.
    function resolveDispute(bytes32 _taskId, Task storage _data) private {
        bytes32 tournamentId = Commitment.rootTournamentId(address(this), _taskId);
        ITournament.Outcome memory outcome = TOURNAMENT.outcomeOf(tournamentId);
        if (!outcome.finished) revert DisputeOpen(_taskId, tournamentId);
        if (outcome.winner == address(0)) {
            giveBack(_taskId, _data, _data.feeWei + SUBMIT_BOND_WEI + TOURNAMENT.collectVoid(_taskId));
        } else if (outcome.result == _data.result) {
            chargeFee(_data, outcome.winner, outcome.uncoveredWei);
            acceptPosted(_taskId, _data);
        } else {
            acceptOther(_taskId, _data, outcome);
        }
    }

    /// @dev The posted result holds: its submitter gets fee and bond.
    function acceptPosted(bytes32 _taskId, Task storage _data) private {
        address submitter = _data.submitter;
        emit Resolved(_taskId, _data.result, submitter, false);
        finalise(_taskId, _data);
        credit(submitter, _data.feeWei + SUBMIT_BOND_WEI);
    }

    /// @dev Another result holds: its owner gets the submit bond, and the fee once the bytes are here.
    function acceptOther(bytes32 _taskId, Task storage _data, ITournament.Outcome memory _outcome) private {
        // INVARIANT: uncoveredWei ≤ SUBMIT_BOND_WEI (constructor): the bond covers what the winner's bond lacks.
        credit(_outcome.winner, SUBMIT_BOND_WEI);
        bool awaitingDelivery = _outcome.result != FAILED;
        emit Resolved(_taskId, _outcome.result, _outcome.winner, awaitingDelivery);
        (_data.result, _data.winner) = (_outcome.result, _outcome.winner);
        if (awaitingDelivery) {
            _data.status = TaskStatus.AwaitingDelivery;
            _data.deliveryDeadline = uint40(block.timestamp + DELIVERY_WINDOW);
        } else {
            finalise(_taskId, _data);
            credit(_outcome.winner, _data.feeWei);
        }
    }

    function finalise(bytes32 _taskId, Task storage _data) private {
        _data.status = TaskStatus.Final;
        emit Finalised(_taskId, _data.result);
    }

    /// @dev Owner of the result that stands.
    function ownerOf(Task storage _data) private view returns (address owner_) {
        owner_ = _data.winner == address(0) ? _data.submitter : _data.winner;
    }

    function giveBack(bytes32 _taskId, Task storage _data, uint256 _amountWei) private {
        _data.status = TaskStatus.Refunded;
        emit TaskRefunded(_taskId, _amountWei);
        credit(_data.requester, _amountWei);
    }

    /// @dev Pays the winner of a dispute out of the fee, as far as it goes.
    function chargeFee(Task storage _data, address _winner, uint256 _amountWei) private {
        if (_amountWei == 0) return;
        uint256 feeWei = _data.feeWei;
        uint256 taken = _amountWei < feeWei ? _amountWei : feeWei;
        _data.feeWei = uint96(feeWei - taken);
        credit(_winner, taken);
    }

    function credit(address _to, uint256 _amountWei) private {
        if (_amountWei == 0) return;
        _credits[_to] += _amountWei;
        emit Credited(_to, _amountWei);
    }

    /// @dev Pays a plain account at once; one with code finds it as a credit. Last calls of an action.
    function payOut(address _to, uint256 _amountWei) private {
        if (_amountWei == 0) return;
        bool success;
        if (_to.code.length == 0) (success,) = _to.call{value: _amountWei, gas: PAYEE_GAS}("");
        if (success) emit Paid(_to, _amountWei);
        else credit(_to, _amountWei);
    }

    /// @dev Calls without copying return data, so that a receiver cannot make the caller run out of gas.
    function callBounded(address _to, uint256 _gas, bytes memory _data) private returns (bool success_) {
        assembly ("memory-safe") {
            success_ := call(_gas, _to, 0, add(_data, 0x20), mload(_data), 0, 0)
        }
    }

    function checkStatus(bytes32 _taskId, TaskStatus _expected) private view returns (Task storage data_) {
        data_ = _tasks[_taskId];
        if (data_.status != _expected) revert WrongStatus(_taskId, data_.status);
    }

    function checkOutput(Task storage _data, bytes calldata _output) private view {
        (bytes32 expected, bytes32 actual) = (_data.result, REFEREE.resultFrom(_data.modelId, _output));
        if (actual != expected) revert OutputMismatch(expected, actual);
    }
}
