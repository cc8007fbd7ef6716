// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../src/interfaces/ITournament.sol";
import {Vm} from "../base/Vm.sol";
import {GameCalls} from "./GameCalls.sol";
import {ToyTree} from "./ToyTree.sol";

/// @notice Plays games on the toy machine: whoever acts for a claim plays what its tree says. Money is checked after each
/// action.
abstract contract GameTest is GameCalls {
    using ToyTree for bytes32[];

    // Actions; each is a transaction of a plain account, sent by the claim's owner unless told otherwise

    function open(uint256 _player) internal returns (bytes32 claimId_) {
        bytes32[] memory nodes = rootTree(_player);
        uint256 bond = bondOf(rootKind());
        vm.prank(account(_player), account(_player));
        (bool sent,) = address(this).call{value: bond}("");
        assertTrue(sent);
        vm.recordLogs();
        vm.prank(address(this), account(_player));
        _game.openRoot{value: bond}(TASK, MODEL, INPUT, account(_player), joinOf(rootKind(), nodes));
        noteGas();
        claimId_ = know(_rootId, _player, account(_player), nodes);
        _tournamentIds.push(_rootId);
        digest();
    }

    function join(uint256 _player) internal returns (bytes32 claimId_) {
        bytes32[] memory nodes = rootTree(_player);
        uint256 bond = bondOf(rootKind());
        vm.recordLogs();
        vm.prank(account(_player), account(_player));
        _game.joinRoot{value: bond}(_rootId, joinOf(rootKind(), nodes));
        noteGas();
        claimId_ = know(_rootId, _player, account(_player), nodes);
        digest();
    }

    /// @dev A player joins below a match with its own history.
    function joinInner(bytes32 _matchId, uint256 _player) internal returns (bytes32 claimId_) {
        return joinInnerWith(_matchId, _player, innerTree(_matchId, _player));
    }

    function joinInnerWith(bytes32 _matchId, uint256 _player, bytes32[] memory _nodes)
        internal
        returns (bytes32 claimId_)
    {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_matchId);
        uint256 bond = bondOf(kindBelow(_matchId));
        ITournament.JoinData memory data = joinOf(kindBelow(_matchId), _nodes);
        ITournament.Origin memory origin = originBelow(_matchId);
        vm.recordLogs();
        vm.prank(account(_player), account(_player));
        _game.joinInner{value: bond}(origin, leafA, leafB, data);
        noteGas();
        claimId_ = know(innerOf(_matchId), _player, account(_player), _nodes);
        digest();
    }

    function move(bytes32 _matchId) internal {
        ITournament.MatchView memory m = _game.matchOf(_matchId);
        bool isA = m.phase == 1;
        Pair memory pair = _pairs[_matchId];
        bytes32[] memory x = _known[isA ? pair.a : pair.b].nodes;
        bytes32[] memory y = _known[isA ? pair.b : pair.a].nodes;
        uint256 child = x.firstDifference(y, m.height, m.index);
        vm.recordLogs();
        moveWith(_matchId, x, y, child, _known[isA ? pair.a : pair.b].owner);
        noteGas();
        digest();
    }

    /// @dev A move to a chosen child, played from two given trees.
    function moveWith(bytes32 _matchId, bytes32[] memory _x, bytes32[] memory _y, uint256 _child, address _sender)
        internal
    {
        bytes memory data = callMove(_matchId, _x, _y, _child);
        vm.prank(_sender, _sender);
        (bool success,) = address(_game).call(data);
        assertTrue(success, "move refused");
    }

    /// @dev Seals a match at a leaf in the way of its kind; the toy's step or its rules decide.
    function seal(bytes32 _matchId, bool _inB, address _sender) internal {
        bytes memory call_ = callSeal(_matchId, _inB);
        vm.recordLogs();
        vm.prank(_sender, _sender);
        (bool success,) = address(_game).call(call_);
        assertTrue(success, "seal refused");
        noteGas();
        digest();
    }

    function seal(bytes32 _matchId) internal {
        seal(_matchId, false, account(HONEST));
    }

    function timeout(bytes32 _matchId) internal {
        ITournament.MatchKey memory key = keyOf(_matchId);
        vm.recordLogs();
        vm.prank(account(HONEST), account(HONEST));
        _game.timeout(key);
        noteGas();
        digest();
    }

    function finishInner(bytes32 _matchId) internal {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_matchId);
        ITournament.ClaimKey memory winner = survivorKey(innerOf(_matchId));
        ITournament.MatchKey memory key = keyOf(_matchId);
        bytes32 prev = originBelow(_matchId).prevState;
        vm.recordLogs();
        vm.prank(account(HONEST), account(HONEST));
        _game.finishInner(key, leafA, leafB, MODEL, prev, winner);
        noteGas();
        digest();
    }

    function finishRoot() internal {
        ITournament.ClaimKey memory winner = survivorKey(_rootId);
        vm.recordLogs();
        vm.prank(account(HONEST), account(HONEST));
        _game.finishRoot(_rootId, winner);
        noteGas();
        digest();
    }

    // What is checked after an action

    /// @dev Remembers the matches that an action began, and checks that the money adds up after it.
    /// @dev Called right after an action, before any other call: for tests that measure it.
    function noteGas() internal virtual {}

    function digest() internal virtual {
        digestLogs();
        checkFunds();
    }

    function digestLogs() internal returns (Vm.Log[] memory logs_) {
        logs_ = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs_.length; ++i) {
            if (logs_[i].topics[0] == ITournament.Refunded.selector) {
                _refundedWei[address(uint160(uint256(logs_[i].topics[1])))] += abi.decode(logs_[i].data, (uint256));
            }
            if (logs_[i].topics[0] == ITournament.Paid.selector) {
                _paidWei[address(uint160(uint256(logs_[i].topics[1])))] += abi.decode(logs_[i].data, (uint256));
            }
            if (logs_[i].topics[0] == ITournament.InnerOpened.selector) {
                (bytes32 prev,,) = abi.decode(logs_[i].data, (bytes32, bytes32, bytes32));
                knowInner(logs_[i].topics[1], logs_[i].topics[2], prev);
            }
            if (logs_[i].topics[0] != ITournament.MatchStarted.selector) continue;
            (bytes32 a, bytes32 b) = abi.decode(logs_[i].data, (bytes32, bytes32));
            bytes32 matchId = keccak256(abi.encode(logs_[i].topics[1], a, b));
            assertEq(logs_[i].topics[2], matchId, "match id");
            _pairs[matchId] = Pair(logs_[i].topics[1], a, b);
            _matchIds.push(matchId);
        }
    }

    /// @dev Bonds less what matches have spent, pots and credits are what the contract holds.
    function checkFunds() internal view {
        uint256 sum;
        for (uint256 i = 0; i < _claimIds.length; ++i) sum += _game.claim(_claimIds[i]).bondWei;
        for (uint256 i = 0; i < _matchIds.length; ++i) {
            ITournament.MatchView memory m = _game.matchOf(_matchIds[i]);
            sum -= m.spentAWei + m.spentBWei;
        }
        for (uint256 i = 0; i < _tournamentIds.length; ++i) sum += _game.tournament(_tournamentIds[i]).potWei;
        for (uint256 i = 0; i < _accounts.length; ++i) sum += _game.creditWei(_accounts[i]);
        sum += _game.creditWei(address(this));
        assertEq(sum, address(_game).balance, "funds do not add up");
    }

    /// @dev What the game has given an account for claims of its: at once, or as a credit.
    function receivedOf(address _account) internal view returns (uint256) {
        return _paidWei[_account] + _game.creditWei(_account);
    }

    /// @dev What an account has besides what it began with: balance and credit.
    function gainOf(uint256 _player) internal view returns (int256) {
        return int256(account(_player).balance + _game.creditWei(account(_player))) - int256(START_WEI);
    }

    /// @dev Refunds stand for gas that the test does not charge; without them an honest player has what it had, but for
    /// what the market still owes it.
    function assertNotPoorer(uint256 _player) internal view {
        int256 gain = gainOf(_player) - int256(_refundedWei[account(_player)]);
        ITournament.Outcome memory outcome = _game.outcomeOf(_rootId);
        if (outcome.winner == account(_player)) gain += int256(outcome.uncoveredWei);
        assertTrue(gain >= 0, "an honest player is poorer");
    }

    /// @dev Everybody withdraws; nothing may stay behind.
    function emptyAll() internal {
        for (uint256 i = 0; i < _accounts.length; ++i) {
            if (_game.creditWei(_accounts[i]) != 0) _game.withdraw(payable(_accounts[i]));
        }
        if (_game.outcomeOf(_rootId).winner == address(0)) _game.collectVoid(TASK);
        assertEq(address(_game).balance, 0, "bonds are stuck");
    }

    // Whole games

    /// @dev Moves a match down to its leaf.
    function descend(bytes32 _matchId) internal {
        uint8 phase = _game.matchOf(_matchId).phase;
        while (phase == 1 || phase == 2) {
            move(_matchId);
            phase = _game.matchOf(_matchId).phase;
        }
    }

    /// @dev Plays one match to its end: descent, seal, both sides join below, the match there, finish.
    function playMatch(bytes32 _matchId) internal {
        descend(_matchId);
        seal(_matchId);
        if (_game.matchOf(_matchId).phase == 5) return;
        Pair memory pair = _pairs[_matchId];
        joinInner(_matchId, _known[pair.a].player);
        joinInner(_matchId, _known[pair.b].player);
        playMatch(lastMatch());
        closeWindow(innerOf(_matchId));
        finishInner(_matchId);
    }

    /// @dev Plays all open matches of the root at the same time.
    function playRound() internal returns (bool any_) {
        uint256 numMatches = _matchIds.length;
        for (uint256 i = 0; i < numMatches; ++i) {
            bytes32 id = _matchIds[i];
            if (_pairs[id].tournamentId != _rootId || _game.matchOf(id).phase >= 4) continue;
            any_ = true;
            descend(id);
            seal(id);
            joinInner(id, _known[_pairs[id].a].player);
            joinInner(id, _known[_pairs[id].b].player);
            playFine(lastMatch());
        }
        for (uint256 i = 0; i < numMatches; ++i) {
            bytes32 id = _matchIds[i];
            if (_game.matchOf(id).phase != 4) continue;
            closeWindow(innerOf(id));
            finishInner(id);
        }
    }

    function playFine(bytes32 _matchId) internal {
        descend(_matchId);
        seal(_matchId);
    }

    /// @dev Lets a tournament's window run out.
    function closeWindow(bytes32 _tournamentId) internal {
        uint256 end = _game.tournament(_tournamentId).windowEnd;
        if (vm.getBlockTimestamp() < end) vm.warp(end);
    }

    function assertWinner(uint256 _player) internal view {
        ITournament.Outcome memory outcome = _game.outcomeOf(_rootId);
        assertTrue(outcome.finished, "not finished");
        assertEq(outcome.winner, account(_player), "winner");
        assertEq(outcome.result, _toy.resultOfState(lastOf(_player)), "result");
    }

    /// @dev What a player's result follows from.
    function lastOf(uint256 _player) internal view returns (bytes32) {
        bytes32[] memory nodes = rootTree(_player);
        return nodes[nodes.length - 1];
    }
}
