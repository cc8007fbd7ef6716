// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IInferenceMarket} from "../../src/interfaces/IInferenceMarket.sol";
import {ITournament} from "../../src/interfaces/ITournament.sol";
import {Bond} from "../../src/libraries/Bond.sol";
import {Kinds} from "../../src/libraries/Kinds.sol";
import {GasNotes} from "../dispute/GasNotes.sol";
import {RealProgram} from "./RealProgram.sol";

/// @notice Replays vectors/graph/disputes.json on the real contracts, from the request to the payment: every call as a whole transaction,
/// the state after it, its cost against the budget and the refund. The library that wrote the calls is the second implementation.
/// forge-config: default.isolate = true
contract Program_Disputes_Test is RealProgram, GasNotes {
    uint256 private constant INNER_OPEN = 4;
    uint256 private constant OVER = 5;

    struct Call {
        string name;
        uint256 time;
        address sender;
        /// Kind of the tournament whose bond it carries.
        uint8 kind;
        bool carriesBond;
        bool makesMatch;
        uint256 evidenceBytes;
        bytes data;
    }

    bytes32 private _task;
    bytes32 private _rootId;
    string private _at;
    uint256 private _words;
    uint256 private _graphHeight;

    function setUp() external {
        setUpProgram();
        _game = _tournament;
        _words = _registry.termsOf(_modelId).words;
        _graphHeight = _registry.termsOf(_modelId).rootHeight;
        beginNotes("Program");
    }

    function test_modelId_isWhatTheLibrarySays() external view {
        assertEq(_modelId, word(".modelId"));
    }

    function test_byInstruction_everyCallAsATransaction() external {
        uint256 numCalls = play(0, "");
        assertEq(numCalls, 19, "three tournaments");
        vm.snapshotValue("Program", "whole dispute, challenge to payment", _total);
    }

    function test_byRule_everyCallAsATransaction() external {
        uint256 numCalls = play(1, ", by rule");
        assertEq(numCalls, 6, "one tournament");
        vm.snapshotValue("Program", "whole dispute by rule, challenge to payment", _total);
    }

    function play(uint256 _number, string memory _suffix) private returns (uint256 numCalls_) {
        _at = string.concat(".disputes[", vm.toString(_number), "]");
        _task = ask();
        assertEq(_task, word(string.concat(_at, ".taskId")));
        _rootId = _tournament.rootTournamentId(address(_market), _task);
        submit(_task, hexOf(string.concat(_at, ".liedOutput")));
        vm.warp(START);
        for (; vm.keyExistsJson(_json, nth(numCalls_)); ++numCalls_) {
            Call memory call_ = load(nth(numCalls_));
            send(call_, numCalls_, _suffix);
            checkAfter(call_, numCalls_);
        }
        pay(hexOf(string.concat(_at, ".output")), _suffix);
    }

    function send(Call memory _call, uint256 _number, string memory _suffix) private {
        vm.warp(_call.time);
        uint256 valueWei = _call.carriesBond ? _tournament.bondWei(_modelId, _call.kind) : 0;
        address to = _number == 0 ? address(_market) : address(_tournament);
        vm.prank(_call.sender, _call.sender);
        (bool success, bytes memory reason) = to.call{value: valueWei}(_call.data);
        if (!success) fail(_call.name, reason);
        note(nameOf(_call, _number, _suffix), budgetOf(_call), true, slackOf(_call));
    }

    function fail(string memory _name, bytes memory _reason) private pure {
        revert(string.concat(_name, " is refused: ", vm.toString(_reason)));
    }

    /// @dev Each name once in the snapshots: moves by their number among the calls.
    function nameOf(Call memory _call, uint256 _number, string memory _suffix) private pure returns (string memory) {
        string memory name = string.concat(_call.name, _suffix);
        if (_call.makesMatch) name = string.concat(name, ", match made");
        return string.concat(vm.toString(_number + 1), " ", name);
    }

    /// @dev Budgets of spec/06 §10.
    function budgetOf(Call memory _call) private view returns (uint256) {
        if (isNamed(_call, "challenge")) return Bond.OPEN_GAS + Bond.provenGas(Kinds.GRAPH, _graphHeight, _words);
        if (isNamed(_call, "joinRoot")) return Bond.joinGas(Kinds.GRAPH, _graphHeight, _words);
        if (isNamed(_call, "joinInner")) {
            uint256 height = _call.kind == Kinds.FINE ? _model.fineHeight : _model.coarseHeight;
            return _call.makesMatch
                ? Bond.JOIN_PROVEN_GAS + Bond.provenGas(_call.kind, height, 0)
                : Bond.joinGas(_call.kind, height, 0);
        }
        if (isNamed(_call, "firstMove")) return Bond.FIRST_MOVE_GAS;
        if (isNamed(_call, "move")) return Bond.MOVE_GAS;
        if (isNamed(_call, "sealGraph")) return Bond.SEAL_GRAPH_GAS + Bond.wordsGas(_words);
        if (isNamed(_call, "sealCoarse")) return Bond.SEAL_COARSE_GAS;
        if (isNamed(_call, "sealFine")) return Bond.SEAL_FINE_GAS + Bond.deepGas(_model.fineHeight);
        return Bond.END_GAS;
    }

    /// @dev Beyond the rest 12 gas for each zero byte of the evidence, 30 where the calldata floor decides. Evidence ends the calldata.
    function slackOf(Call memory _call) private view returns (uint256 slack_) {
        bytes memory data = _call.data;
        uint256 tokens;
        uint256 zeros;
        for (uint256 i = 0; i < data.length; ++i) {
            tokens += data[i] == 0 ? 1 : 4;
            if (data[i] == 0 && i >= data.length - _call.evidenceBytes) ++zeros;
        }
        bool isFloor = vm.lastCallGas().gasTotalUsed == 21_000 + 10 * tokens;
        slack_ = SLACK_GAS + zeros * (isFloor ? 30 : 12);
    }

    // The state after a call

    function checkAfter(Call memory _call, uint256 _number) private view {
        if (isNamed(_call, "challenge")) checkOpened();
        if (isNamed(_call, "sealGraph")) checkSealedGraph(_call, _number);
        if (isNamed(_call, "sealCoarse")) checkInner(_call, uint8(Kinds.FINE), _model.fineHeight);
        if (isNamed(_call, "sealFine") || isNamed(_call, "finishInner")) checkEnded(_call);
        if (isNamed(_call, "joinInner")) {
            bytes32 inner = _tournament.innerTournamentId(originIn(_call.data));
            ITournament.TournamentView memory t = _tournament.tournament(inner);
            assertEq(t.kind, _call.kind, "kind");
            assertEq(t.openMatches, _call.makesMatch ? 1 : 0, "open matches");
            assertEq(t.numClaims, _call.makesMatch ? 2 : 1, "claims");
        }
    }

    function checkOpened() private view {
        ITournament.TournamentView memory t = _tournament.tournament(_rootId);
        assertEq(t.kind, Kinds.GRAPH, "kind");
        assertEq(t.height, _graphHeight, "height");
        assertEq(t.numClaims, 1, "claims");
        bytes32 claimId = t.freeClaim;
        assertEq(_tournament.claim(claimId).owner, _honest, "owner");
        assertTrue(_market.task(_task).status == IInferenceMarket.TaskStatus.Disputed, "status");
    }

    function checkSealedGraph(Call memory _call, uint256 _number) private view {
        ITournament.MatchView memory m = _tournament.matchOf(_tournament.matchIdOf(keyIn(_call.data)));
        assertEq(m.index, number(string.concat(_at, ".leaf")), "leaf");
        if (m.phase == OVER) return checkEnded(_call);
        // The state that the contract derived is the one in which the library's machine begins.
        bytes32 prev = checkInner(_call, uint8(Kinds.BLOCK), _model.coarseHeight);
        assertEq(prev, word(string.concat(nth(_number), ".prevState")), "state");
    }

    /// @dev The tournament that a seal told of, whose id is made of the match, the model and the state before it.
    function checkInner(Call memory _call, uint8 _kind, uint8 _height) private view returns (bytes32 prev_) {
        bytes32 matchId = _tournament.matchIdOf(keyIn(_call.data));
        assertEq(_tournament.matchOf(matchId).phase, INNER_OPEN, "phase");
        assertEq(_reader.parentMatch(), matchId, "parent");
        prev_ = _reader.prevState();
        bytes32 inner = _reader.innerTournament();
        assertEq(inner, _tournament.innerTournamentId(ITournament.Origin(matchId, _modelId, prev_)), "id");
        ITournament.TournamentView memory t = _tournament.tournament(inner);
        assertEq(t.kind, _kind, "kind below");
        assertEq(t.height, _height, "height below");
        assertNotEq(t.windowEnd, 0);
    }

    /// @dev The match that the call is about is over, and the honest claim is free again.
    function checkEnded(Call memory _call) private view {
        ITournament.MatchKey memory key = keyIn(_call.data);
        assertEq(_tournament.matchOf(_tournament.matchIdOf(key)).phase, OVER, "phase");
        ITournament.TournamentView memory t = _tournament.tournament(key.tournamentId);
        assertEq(t.openMatches, 0, "open matches");
        ITournament.ClaimView memory winner = _tournament.claim(t.freeClaim);
        assertEq(winner.owner, _honest, "winner");
        assertTrue(winner.status == ITournament.ClaimStatus.Live, "status");
    }

    function pay(bytes memory _output, string memory _suffix) private {
        ITournament.Outcome memory outcome = _tournament.outcomeOf(_rootId);
        assertTrue(outcome.finished, "finished");
        assertEq(outcome.winner, _honest, "winner");
        assertEq(outcome.result, word(string.concat(_at, ".result")), "result");
        vm.prank(_honest, _honest);
        _market.resolve(_task);
        note(string.concat("resolve", _suffix), 0, true);
        vm.prank(_honest, _honest);
        _market.deliver(_task, _output);
        note(string.concat("deliver", _suffix), 0, true);
        IInferenceMarket.TaskView memory t = _market.task(_task);
        assertTrue(t.status == IInferenceMarket.TaskStatus.Final, "final");
        assertEq(t.result, outcome.result, "posted");
        assertEq(t.resultOwner, _honest, "paid");
        assertEq(_market.creditWei(_honest), FEE + SUBMIT_BOND, "fee and bond");
        uint256 ownWei = _honest.balance + _tournament.creditWei(_honest);
        assertGe(ownWei, START_WEI - outcome.uncoveredWei, "the honest party is not poorer");
        assertEq(_tournament.creditWei(_honest) + _tournament.creditWei(_liar), address(_tournament).balance, "funds");
    }

    function isNamed(Call memory _call, string memory _name) private pure returns (bool) {
        return keccak256(bytes(_call.name)) == keccak256(bytes(_name));
    }

    /// @dev The tournament that a join names: its first three words.
    function originIn(bytes memory _data) private pure returns (ITournament.Origin memory origin_) {
        (bytes32 parent, bytes32 model, bytes32 prev) = (wordIn(_data, 0), wordIn(_data, 1), wordIn(_data, 2));
        origin_ = ITournament.Origin(parent, model, prev);
    }

    function wordIn(bytes memory _data, uint256 _i) private pure returns (bytes32 word_) {
        assembly ("memory-safe") {
            word_ := mload(add(_data, add(36, mul(_i, 32))))
        }
    }

    /// @dev The match that a seal or an end names: its first five words.
    function keyIn(bytes memory _data) private pure returns (ITournament.MatchKey memory key_) {
        bytes32[5] memory words;
        for (uint256 i = 0; i < 5; ++i) words[i] = wordIn(_data, i);
        key_ = abi.decode(abi.encode(words), (ITournament.MatchKey));
    }

    function load(string memory _key) private view returns (Call memory call_) {
        call_.name = vm.parseJsonString(_json, string.concat(_key, ".name"));
        call_.time = number(string.concat(_key, ".time"));
        call_.sender = account(string.concat(_key, ".sender"));
        call_.carriesBond = vm.keyExistsJson(_json, string.concat(_key, ".kind"));
        if (call_.carriesBond) call_.kind = uint8(number(string.concat(_key, ".kind")));
        call_.makesMatch = vm.parseJsonBool(_json, string.concat(_key, ".makesMatch"));
        call_.evidenceBytes = number(string.concat(_key, ".evidenceBytes"));
        call_.data = hexOf(string.concat(_key, ".data"));
    }

    function nth(uint256 _i) private view returns (string memory) {
        return string.concat(_at, ".calls[", vm.toString(_i), "]");
    }
}
