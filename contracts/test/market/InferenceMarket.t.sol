// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IInferenceCallback, IInferenceMarket} from "../../src/interfaces/IInferenceMarket.sol";
import {ITournament} from "../../src/interfaces/ITournament.sol";
import {MerkleMemory} from "../../src/libraries/MerkleMemory.sol";
import {FAILED} from "../../src/types/Machine.sol";
import {Deployer} from "../dispute/Deployer.sol";
import {GameTest} from "../dispute/GameTest.sol";
import {ToyTree} from "../dispute/ToyTree.sol";

/// @notice The market on the toy machine: one test a rule and a refusal (spec/06 §9), and whole disputes to payment.
contract InferenceMarket_Test is GameTest {
    using ToyTree for bytes32[];

    uint256 private constant FEE = 1 ether;
    uint256 private constant SUBMIT_BOND = 0.5 ether;
    /// @dev A challenge at height 40 and a finish at the price cap, each rounded up to a gwei.
    uint256 private constant MIN_SUBMIT_BOND = (270_000 + 28 * 700 + 130_000) * 200 gwei + 2 gwei;
    bytes private constant QUESTION = "what is this digit?";
    bytes private constant TRUTH = "seven";
    bytes private constant LIE = "one";

    IInferenceMarket private _market;
    address private _requester;
    address private _server;
    uint256 private _liar;
    bytes32 private _task;
    uint40 private _deadline;

    function setUp() external {
        setUpGame(5, 4);
        _market = newMarket(600, SUBMIT_BOND);
        _requester = makeAccount("requester", START_WEI);
        _server = makeAccount("server", START_WEI);
        _liar = addPlayer("liar", liesFrom(300, 1));
        _accounts.push(_server);
        _deadline = uint40(vm.getBlockTimestamp() + 1000);
        _task = ask(0);
        // What the players' histories end in: the truth and a lie.
        _toy.setResult(_players[HONEST].states[511], slotRoot(TRUTH));
        _toy.setResult(_players[_liar].states[511], slotRoot(LIE));
        _rootId = _game.rootTournamentId(address(_market), _task);
    }

    function newMarket(uint40 _window, uint256 _bond) public returns (IInferenceMarket) {
        return IInferenceMarket(Deployer.market(address(_registry), address(_game), _window, _bond));
    }

    function ask(uint32 _callbackGas) private returns (bytes32) {
        vm.prank(_requester);
        return _market.request{value: FEE}(MODEL, QUESTION, _deadline, _callbackGas);
    }

    /// @dev Root of a slot of 8 blocks, by hand.
    function slotRoot(bytes memory _content) private pure returns (bytes32) {
        bytes32[] memory leaves = new bytes32[](8);
        bytes memory first = new bytes(128);
        first[0] = bytes1(uint8(_content.length));
        for (uint256 i = 0; i < _content.length; ++i) first[4 + i] = _content[i];
        leaves[0] = keccak256(first);
        for (uint256 i = 1; i < 8; ++i) leaves[i] = keccak256(new bytes(128));
        return leaves.build()[1];
    }

    function submit(bytes memory _output) private {
        vm.prank(_server);
        _market.submit{value: SUBMIT_BOND}(_task, _output, false);
    }

    function challenge(uint256 _player) private {
        bytes32[] memory nodes = coarseTree(_player);
        ITournament.JoinData memory data = nodes.joinData(true);
        uint256 bond = bondOf(0);
        vm.prank(account(_player), account(_player));
        _market.challenge{value: bond}(_task, data);
        know(_rootId, _player, account(_player), nodes);
        _tournamentIds.push(_rootId);
    }

    function refusedByMarket(bytes4 _error, address _sender, uint256 _valueWei, bytes memory _call) private {
        vm.prank(_sender);
        (bool success, bytes memory data) = address(_market).call{value: _valueWei}(_call);
        assertFalse(success, "was not refused");
        assertEq(bytes32(bytes4(data)), bytes32(_error), "refused for another reason");
    }

    function status() private view returns (IInferenceMarket.TaskStatus) {
        return _market.task(_task).status;
    }

    /// @dev Fees, bonds and credits are what the market holds.
    function assertMarketFunds(uint256 _held) private view {
        uint256 credits = _market.creditWei(_requester) + _market.creditWei(_server);
        for (uint256 i = 0; i < _players.length; ++i) credits += _market.creditWei(account(i));
        assertEq(address(_market).balance, credits + _held, "market funds");
    }

    // Deployment

    function test_constructor_belowMinima_reverts() external {
        vm.expectPartialRevert(IInferenceMarket.ParameterTooSmall.selector);
        this.newMarket(0, SUBMIT_BOND);
        vm.expectPartialRevert(IInferenceMarket.ParameterTooSmall.selector);
        this.newMarket(600, MIN_SUBMIT_BOND - 1);
        this.newMarket(1, MIN_SUBMIT_BOND);
    }

    /// @dev Audit: 2^40 − 1 would wrap the delivery deadline, so that nothing could be delivered.
    function test_constructor_deliveryWindowAboveItsMaximum_reverts() external {
        this.newMarket(365 days, SUBMIT_BOND);
        bytes4 selector = IInferenceMarket.ParameterTooLarge.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, bytes32("deliveryWindow"), 365 days + 1, 365 days));
        this.newMarket(365 days + 1, SUBMIT_BOND);
        vm.expectPartialRevert(selector);
        this.newMarket(type(uint40).max, SUBMIT_BOND);
    }

    // Requests

    function test_request_storesTheTask() external view {
        IInferenceMarket.TaskView memory t = _market.task(_task);
        assertTrue(t.status == IInferenceMarket.TaskStatus.Requested);
        assertEq(t.requester, _requester);
        assertEq(t.modelId, MODEL);
        assertEq(t.inputRoot, slotRoot(QUESTION));
        assertEq(t.feeWei, FEE);
        assertEq(t.deadline, _deadline);
        assertFalse(t.inputElsewhere);
        assertEq(_market.nonceOf(_requester), 1);
        assertMarketFunds(FEE);
    }

    /// @dev Reorg-safe: the id says chain, market, requester, nonce, model and input.
    function test_taskId_isWhatTheSpecSays() external {
        bytes32 tag = keccak256("opml.task.1");
        address market = address(_market);
        uint256 nonce = 0;
        bytes32 id =
            keccak256(abi.encode(tag, block.chainid, market, _requester, nonce, MODEL, slotRoot(QUESTION)));
        assertEq(_task, id);
        assertNotEq(ask(0), _task);
    }

    function test_requestWithRoot_isMarked() external {
        vm.prank(_requester);
        bytes32 id = _market.requestWithRoot{value: FEE}(MODEL, "root", _deadline, 0);
        IInferenceMarket.TaskView memory t = _market.task(id);
        assertTrue(t.inputElsewhere);
        assertEq(t.inputRoot, "root");
    }

    function test_request_unknownModel_reverts() external {
        vm.expectRevert();
        _market.request("none", QUESTION, _deadline, 0);
        vm.expectRevert();
        _market.requestWithRoot("none", "root", _deadline, 0);
    }

    /// @dev Audit: data silently truncated. An input that does not fit is refused.
    function test_request_inputTooLarge_reverts() external {
        bytes memory call_ = abi.encodeCall(_market.request, (MODEL, new bytes(1021), _deadline, 0));
        refusedByMarket(MerkleMemory.SlotOverflow.selector, _requester, FEE, call_);
        _market.request(MODEL, new bytes(1020), _deadline, 0);
    }

    function test_request_deadlineNow_reverts() external {
        uint40 time = uint40(vm.getBlockTimestamp());
        bytes memory call_ = abi.encodeCall(_market.request, (MODEL, QUESTION, time, 0));
        refusedByMarket(IInferenceMarket.DeadlinePassed.selector, _requester, FEE, call_);
    }

    function test_refund_nobodyAnswers_atDeadline() external {
        bytes memory call_ = abi.encodeCall(_market.refund, (_task));
        skip(999);
        refusedByMarket(IInferenceMarket.TooEarly.selector, _requester, 0, call_);
        skip(1);
        _market.refund(_task);
        assertEq(_market.creditWei(_requester), FEE);
        assertTrue(status() == IInferenceMarket.TaskStatus.Refunded);
        refusedByMarket(IInferenceMarket.WrongStatus.selector, _requester, 0, call_);
        _market.withdraw(payable(_requester));
        assertEq(_requester.balance, START_WEI);
    }

    // Answers

    function test_submit_unchallenged_isPaidAfterTheWindow() external {
        submit(TRUTH);
        assertEq(_market.task(_task).postedResult, slotRoot(TRUTH));
        assertMarketFunds(FEE + SUBMIT_BOND);
        skip(599);
        bytes memory call_ = abi.encodeCall(_market.resolve, (_task));
        refusedByMarket(IInferenceMarket.TooEarly.selector, _server, 0, call_);
        skip(1);
        _market.resolve(_task);
        assertTrue(status() == IInferenceMarket.TaskStatus.Final);
        assertEq(_market.task(_task).result, slotRoot(TRUTH));
        assertEq(_market.task(_task).resultOwner, _server);
        assertEq(_market.creditWei(_server), FEE + SUBMIT_BOND);
        refusedByMarket(IInferenceMarket.WrongStatus.selector, _server, 0, call_);
        assertMarketFunds(0);
    }

    /// @dev Audit: a second proposal overwrites the first.
    function test_secondProposal_reverts() external {
        submit(TRUTH);
        bytes memory call_ = abi.encodeCall(_market.submit, (_task, LIE, false));
        refusedByMarket(IInferenceMarket.WrongStatus.selector, account(_liar), SUBMIT_BOND, call_);
        assertEq(_market.task(_task).postedResult, slotRoot(TRUTH));
    }

    function test_submit_atDeadline_reverts() external {
        skip(1000);
        bytes memory call_ = abi.encodeCall(_market.submit, (_task, TRUTH, false));
        refusedByMarket(IInferenceMarket.DeadlinePassed.selector, _server, SUBMIT_BOND, call_);
    }

    function test_submit_wrongBond_reverts() external {
        bytes memory call_ = abi.encodeCall(_market.submit, (_task, TRUTH, false));
        refusedByMarket(IInferenceMarket.WrongSubmitBond.selector, _server, SUBMIT_BOND - 1, call_);
        refusedByMarket(IInferenceMarket.WrongSubmitBond.selector, _server, SUBMIT_BOND + 1, call_);
    }

    function test_submit_failedWithBytes_reverts() external {
        bytes memory call_ = abi.encodeCall(_market.submit, (_task, TRUTH, true));
        refusedByMarket(IInferenceMarket.OutputUnexpected.selector, _server, SUBMIT_BOND, call_);
    }

    function test_submit_outputTooLarge_reverts() external {
        bytes memory call_ = abi.encodeCall(_market.submit, (_task, new bytes(1021), false));
        refusedByMarket(MerkleMemory.SlotOverflow.selector, _server, SUBMIT_BOND, call_);
    }

    function test_submit_unknownTask_reverts() external {
        bytes memory call_ = abi.encodeCall(_market.submit, ("none", TRUTH, false));
        refusedByMarket(IInferenceMarket.WrongStatus.selector, _server, SUBMIT_BOND, call_);
    }

    // Disputes

    function callChallenge(uint256 _player) private view returns (bytes memory) {
        return abi.encodeCall(_market.challenge, (_task, coarseTree(_player).joinData(true)));
    }

    function test_challenge_sameResult_reverts() external {
        submit(TRUTH);
        refusedByMarket(
            IInferenceMarket.ResultNotDisputed.selector, account(HONEST), bondOf(0), callChallenge(HONEST)
        );
        assertFalse(_game.tournament(_rootId).windowEnd != 0);
    }

    function test_challenge_afterWindow_reverts() external {
        submit(LIE);
        skip(600);
        refusedByMarket(
            IInferenceMarket.DeadlinePassed.selector, account(HONEST), bondOf(0), callChallenge(HONEST)
        );
    }

    function test_challenge_twice_reverts() external {
        submit(LIE);
        challenge(HONEST);
        refusedByMarket(
            IInferenceMarket.WrongStatus.selector, account(HONEST), bondOf(0), callChallenge(HONEST)
        );
    }

    function test_challenge_wrongBond_reverts() external {
        submit(LIE);
        refusedByMarket(
            ITournament.WrongBond.selector, account(HONEST), bondOf(0) - 1, callChallenge(HONEST)
        );
    }

    function test_challenge_beforeAnswer_reverts() external {
        refusedByMarket(
            IInferenceMarket.WrongStatus.selector, account(HONEST), bondOf(0), callChallenge(HONEST)
        );
    }

    function test_resolve_whileTheDisputeRuns_reverts() external {
        submit(LIE);
        challenge(HONEST);
        skip(10_000);
        bytes memory call_ = abi.encodeCall(_market.resolve, (_task));
        refusedByMarket(IInferenceMarket.DisputeOpen.selector, _server, 0, call_);
    }

    /// @dev The server lied and defends its lie; the verifier convicts it, delivers, and is paid bond and fee.
    function test_lyingServer_isConvicted_verifierIsPaid() external {
        submit(LIE);
        challenge(HONEST);
        join(_liar);
        playMatch(lastMatch());
        closeWindow(_rootId);
        finishRoot();
        _market.resolve(_task);
        assertTrue(status() == IInferenceMarket.TaskStatus.AwaitingDelivery);
        assertEq(_market.creditWei(account(HONEST)), SUBMIT_BOND);
        bytes memory call_ = abi.encodeCall(_market.deliver, (_task, LIE));
        refusedByMarket(IInferenceMarket.OutputMismatch.selector, _server, 0, call_);
        _market.deliver(_task, TRUTH);
        assertTrue(status() == IInferenceMarket.TaskStatus.Final);
        assertEq(_market.creditWei(account(HONEST)), SUBMIT_BOND + FEE);
        assertEq(_market.creditWei(_server), 0);
        assertMarketFunds(0);
        emptyAll();
        _market.withdraw(payable(account(HONEST)));
        assertEq(address(_market).balance, 0);
    }

    /// @dev Nobody defends the lie: the challenger's lack is covered by the submit bond.
    function test_silentServer_challengerIsWhole() external {
        submit(LIE);
        challenge(HONEST);
        closeWindow(_rootId);
        finishRoot();
        _market.resolve(_task);
        uint256 back = _game.creditWei(account(HONEST)) + _market.creditWei(account(HONEST));
        assertGt(back, bondOf(0));
        assertNotPoorer(HONEST);
    }

    /// @dev A lying challenger against an honest answer: the server gets fee and bond, the defender the challenger's bond.
    function test_lyingChallenger_loses_serverIsPaid() external {
        submit(TRUTH);
        challenge(_liar);
        join(HONEST);
        playMatch(lastMatch());
        closeWindow(_rootId);
        finishRoot();
        _market.resolve(_task);
        assertTrue(status() == IInferenceMarket.TaskStatus.Final);
        assertEq(_market.task(_task).result, slotRoot(TRUTH));
        assertEq(_market.creditWei(_server), FEE + SUBMIT_BOND);
        assertNotPoorer(HONEST);
        assertMarketFunds(0);
    }

    /// @dev Nobody delivers: the requester has its fee back, the winner keeps the submit bond.
    function test_nobodyDelivers_requesterIsRefunded() external {
        submit(LIE);
        challenge(HONEST);
        closeWindow(_rootId);
        finishRoot();
        _market.resolve(_task);
        bytes memory call_ = abi.encodeCall(_market.refund, (_task));
        skip(599);
        refusedByMarket(IInferenceMarket.TooEarly.selector, _requester, 0, call_);
        skip(1);
        bytes memory deliver_ = abi.encodeCall(_market.deliver, (_task, TRUTH));
        refusedByMarket(IInferenceMarket.DeadlinePassed.selector, account(HONEST), 0, deliver_);
        _market.refund(_task);
        assertEq(_market.creditWei(_requester), FEE);
        assertEq(_market.creditWei(account(HONEST)), SUBMIT_BOND);
        assertMarketFunds(0);
        refusedByMarket(IInferenceMarket.WrongStatus.selector, account(HONEST), 0, deliver_);
    }

    /// @dev The true answer is FAILED: no bytes, final at once.
    function test_failedWins_needsNoBytes() external {
        _toy.setResult(_players[HONEST].states[511], FAILED);
        submit(LIE);
        challenge(HONEST);
        closeWindow(_rootId);
        finishRoot();
        _market.resolve(_task);
        assertTrue(status() == IInferenceMarket.TaskStatus.Final);
        assertEq(_market.task(_task).result, FAILED);
        assertEq(_market.creditWei(account(HONEST)), SUBMIT_BOND + FEE);
        assertMarketFunds(0);
    }

    function test_failedPosted_unchallenged_isFinal() external {
        vm.prank(_server);
        _market.submit{value: SUBMIT_BOND}(_task, "", true);
        skip(600);
        _market.resolve(_task);
        assertEq(_market.task(_task).result, FAILED);
        _market.withdraw(payable(_server));
        assertEq(_server.balance, START_WEI + FEE);
    }

    /// @dev Both claims die: the requester gets fee, submit bond and pot.
    function test_voidDispute_requesterGetsEverything() external {
        submit(LIE);
        challenge(HONEST);
        join(_liar);
        descend(lastMatch());
        skip(5000);
        timeout(lastMatch());
        finishRoot();
        uint256 pot = _game.outcomeOf(_rootId).potWei;
        assertGt(pot, 0);
        _market.resolve(_task);
        assertTrue(status() == IInferenceMarket.TaskStatus.Refunded);
        assertEq(_market.creditWei(_requester), FEE + SUBMIT_BOND + pot);
        assertMarketFunds(0);
        assertEq(address(_game).balance, 0);
    }

    function test_receive_fromAnyoneElse_reverts() external {
        refusedByMarket(IInferenceMarket.UnexpectedPayment.selector, _server, 1, "");
    }

    function test_withdraw_nothing_reverts() external {
        bytes memory call_ = abi.encodeCall(_market.withdraw, (payable(_server)));
        refusedByMarket(IInferenceMarket.NothingToWithdraw.selector, _server, 0, call_);
    }

    // Callbacks

    function askFrom(Asker _asker, uint32 _callbackGas) private {
        vm.deal(address(_asker), FEE);
        _task = _asker.ask(_market, MODEL, QUESTION, _deadline, _callbackGas, FEE);
    }

    function finaliseTruth() private {
        submit(TRUTH);
        skip(600);
        _market.resolve(_task);
    }

    function test_callback_atFinality_once() external {
        Asker asker = new Asker();
        askFrom(asker, 200_000);
        submit(TRUTH);
        bytes memory call_ = abi.encodeCall(_market.callback, (_task, TRUTH));
        refusedByMarket(IInferenceMarket.WrongStatus.selector, _server, 0, call_);
        skip(600);
        _market.resolve(_task);
        bytes memory wrong = abi.encodeCall(_market.callback, (_task, LIE));
        refusedByMarket(IInferenceMarket.OutputMismatch.selector, _server, 0, wrong);
        _market.callback(_task, TRUTH);
        assertEq(asker.output(), TRUTH);
        assertFalse(asker.failed());
        refusedByMarket(IInferenceMarket.NoCallbackDue.selector, _server, 0, call_);
    }

    /// @dev A callback that fails touches no payment and can be repeated until it succeeds once.
    function test_callback_fails_isRepeatable() external {
        Asker asker = new Asker();
        askFrom(asker, 200_000);
        finaliseTruth();
        assertEq(_market.creditWei(_server), FEE + SUBMIT_BOND, "paid before any callback");
        asker.setBroken(true);
        _market.callback(_task, TRUTH);
        assertFalse(_market.task(_task).callbackDone);
        asker.setBroken(false);
        _market.callback(_task, TRUTH);
        assertTrue(_market.task(_task).callbackDone);
        assertEq(asker.output(), TRUTH);
    }

    /// @dev Nobody can make a callback fail by sending too little gas.
    function test_callback_tooLittleGas_reverts() external {
        Asker asker = new Asker();
        askFrom(asker, 200_000);
        finaliseTruth();
        bytes memory call_ = abi.encodeCall(_market.callback, (_task, TRUTH));
        (bool success, bytes memory data) = address(_market).call{gas: 220_000}(call_);
        assertFalse(success);
        assertEq(bytes32(bytes4(data)), bytes32(IInferenceMarket.CallbackGasMissing.selector));
    }

    /// @dev A requester that calls back in is called once.
    function test_callback_reentered_runsOnce() external {
        Asker asker = new Asker();
        askFrom(asker, 400_000);
        finaliseTruth();
        asker.reenter(_market, TRUTH);
        _market.callback(_task, TRUTH);
        assertEq(asker.numCalls(), 1);
        assertTrue(_market.task(_task).callbackDone);
    }

    function test_callback_failed_saysSo() external {
        Asker asker = new Asker();
        askFrom(asker, 200_000);
        vm.prank(_server);
        _market.submit{value: SUBMIT_BOND}(_task, "", true);
        skip(600);
        _market.resolve(_task);
        bytes memory call_ = abi.encodeCall(_market.callback, (_task, TRUTH));
        refusedByMarket(IInferenceMarket.OutputUnexpected.selector, _server, 0, call_);
        _market.callback(_task, "");
        assertTrue(asker.failed());
    }

    function test_callback_notAskedFor_reverts() external {
        finaliseTruth();
        bytes memory call_ = abi.encodeCall(_market.callback, (_task, TRUTH));
        refusedByMarket(IInferenceMarket.NoCallbackDue.selector, _server, 0, call_);
    }

    // Money at the edges

    /// @dev selfDispute: a server posts a lie and disputes it alone, at any price of gas. What its claim lacks in the end
    /// comes out of its own submit bond, and not of the requester's fee.
    function test_selfDispute_doesNotTouchTheFee() external {
        vm.fee(10_000 gwei);
        vm.txGasPrice(10_000 gwei);
        _market = newMarket(600, MIN_SUBMIT_BOND);
        _task = ask(0);
        _rootId = _game.rootTournamentId(address(_market), _task);
        vm.prank(_server);
        _market.submit{value: MIN_SUBMIT_BOND}(_task, TRUTH, false);
        challenge(_liar);
        closeWindow(_rootId);
        finishRoot();
        uint256 uncovered = _game.outcomeOf(_rootId).uncoveredWei;
        assertGt(uncovered, 200_000 * 200 gwei);
        assertLe(uncovered, MIN_SUBMIT_BOND);
        _market.resolve(_task);
        assertEq(_market.creditWei(account(_liar)), MIN_SUBMIT_BOND);
        assertEq(_market.task(_task).feeWei, FEE, "the fee is whole");
        skip(600);
        _market.refund(_task);
        assertEq(_market.creditWei(_requester), FEE);
        assertMarketFunds(0);
    }
}

/// @notice A requester's contract.
contract Asker is IInferenceCallback {
    bytes public output;
    bool public failed;
    uint256 public numCalls;
    bool private _broken;
    IInferenceMarket private _again;
    bytes private _againOutput;

    function ask(
        IInferenceMarket _market,
        bytes32 _modelId,
        bytes memory _input,
        uint40 _deadline,
        uint32 _gas,
        uint256 _feeWei
    ) external returns (bytes32) {
        return _market.request{value: _feeWei}(_modelId, _input, _deadline, _gas);
    }

    function setBroken(bool _isBroken) external {
        _broken = _isBroken;
    }

    function reenter(IInferenceMarket _market, bytes memory _output) external {
        (_again, _againOutput) = (_market, _output);
    }

    function onInferenceResult(bytes32 _taskId, bytes calldata _output, bool _failed) external {
        require(!_broken, "broken");
        ++numCalls;
        (output, failed) = (_output, _failed);
        if (address(_again) != address(0)) {
            try _again.callback(_taskId, _againOutput) {} catch {}
        }
    }
}
