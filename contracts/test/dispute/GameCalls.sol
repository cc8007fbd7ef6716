// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../src/interfaces/ITournament.sol";
import {GameWorld} from "./GameWorld.sol";
import {ToyTree} from "./ToyTree.sol";

/// @notice The calls of a game as bytes, and how they are refused.
abstract contract GameCalls is GameWorld {
    using ToyTree for bytes32[];

    /// @dev A call to the game that must be refused with this error; nothing may change.
    function refused(bytes4 _error, address _sender, uint256 _valueWei, bytes memory _call) internal {
        uint256 balance = address(_game).balance;
        vm.prank(_sender, _sender);
        (bool success, bytes memory data) = address(_game).call{value: _valueWei}(_call);
        assertFalse(success, "was not refused");
        assertEq(bytes32(bytes4(data)), bytes32(_error), "refused for another reason");
        assertEq(address(_game).balance, balance, "money moved");
    }

    function refused(bytes4 _error, bytes memory _call) internal {
        refused(_error, account(HONEST), 0, _call);
    }

    function callOpen(uint256 _player) internal view returns (bytes memory) {
        ITournament.JoinData memory data = joinOf(rootKind(), rootTree(_player));
        return abi.encodeCall(ITournament.openRoot, (TASK, MODEL, INPUT, account(_player), data));
    }

    function callJoin(uint256 _player) internal view returns (bytes memory) {
        return abi.encodeCall(ITournament.joinRoot, (_rootId, joinOf(rootKind(), rootTree(_player))));
    }

    function callJoinInner(bytes32 _matchId, bytes32[] memory _nodes) internal view returns (bytes memory) {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_matchId);
        return
            abi.encodeCall(ITournament.joinInner, (originBelow(_matchId), leafA, leafB, joinOf(kindBelow(_matchId), _nodes)));
    }

    /// @dev The mover's next move, as its own tree says.
    function callMove(bytes32 _matchId) internal view returns (bytes memory) {
        ITournament.MatchView memory m = _game.matchOf(_matchId);
        Pair memory pair = _pairs[_matchId];
        bytes32[] memory x = _known[m.phase == 1 ? pair.a : pair.b].nodes;
        bytes32[] memory y = _known[m.phase == 1 ? pair.b : pair.a].nodes;
        return callMove(_matchId, x, y, x.firstDifference(y, m.height, m.index));
    }

    function callMove(bytes32 _matchId, bytes32[] memory _x, bytes32[] memory _y, uint256 _child)
        internal
        view
        returns (bytes memory)
    {
        ITournament.MatchView memory m = _game.matchOf(_matchId);
        uint256 d = ToyTree.depth(m.height);
        uint256 index = (uint256(m.index) << d) + _child;
        bytes32[] memory path = _x.path(_y, m.height, m.index, _child);
        bytes32[] memory opened = _x.opened(m.height - d, index);
        bytes32 other = _y.at(m.height - d, index);
        if (m.pairHash != 0) return abi.encodeCall(ITournament.move, (_matchId, _child, other, path, opened));
        return abi.encodeCall(ITournament.firstMove, (keyOf(_matchId), _child, other, path, opened));
    }

    function callSealCoarse(bytes32 _matchId) internal view returns (bytes memory) {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_matchId);
        return
            abi.encodeCall(
            ITournament.sealCoarse,
            (keyOf(_matchId), leafA, leafB, originOf(_matchId), agreedState(_matchId, false))
        );
    }

    function callSealFine(bytes32 _matchId, bytes32 _prev) internal view returns (bytes memory) {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_matchId);
        return abi.encodeCall(
            ITournament.sealFine,
            (keyOf(_matchId), leafA, leafB, originOf(_matchId), agreedState(_matchId, false), abi.encode(_prev))
        );
    }

    function callSealGraph(bytes32 _matchId, bool _inB) internal view returns (bytes memory) {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_matchId);
        return abi.encodeCall(
            ITournament.sealGraph, (keyOf(_matchId), leafA, leafB, _inB, graphEvidence(_matchId, _inB))
        );
    }

    /// @dev The seal of a match's kind.
    function callSeal(bytes32 _matchId, bool _inB) internal view returns (bytes memory) {
        uint8 kind = _game.tournament(_pairs[_matchId].tournamentId).kind;
        if (kind == GRAPH) return callSealGraph(_matchId, _inB);
        (bytes32 leafA, bytes32 leafB) = leavesOf(_matchId);
        ITournament.AgreedState memory prev = agreedState(_matchId, _inB);
        if (kind == FINE || _fine == 0) {
            bytes memory witness = abi.encode(prev.stateHash);
            return
                abi.encodeCall(ITournament.sealFine, (keyOf(_matchId), leafA, leafB, originOf(_matchId), prev, witness));
        }
        return abi.encodeCall(ITournament.sealCoarse, (keyOf(_matchId), leafA, leafB, originOf(_matchId), prev));
    }

    function callTimeout(bytes32 _matchId) internal view returns (bytes memory) {
        return abi.encodeCall(ITournament.timeout, (keyOf(_matchId)));
    }

    function callFinishInner(bytes32 _matchId) internal view returns (bytes memory) {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_matchId);
        return callFinishInner(keyOf(_matchId), leafA, leafB, _matchId, survivorKey(innerOf(_matchId)));
    }

    /// @dev The end of the game below a match, with other arguments than its own where a test wants them.
    function callFinishInner(
        ITournament.MatchKey memory _key,
        bytes32 _leafA,
        bytes32 _leafB,
        bytes32 _matchId,
        ITournament.ClaimKey memory _winner
    ) internal view returns (bytes memory) {
        bytes32 prev = originBelow(_matchId).prevState;
        return abi.encodeCall(ITournament.finishInner, (_key, _leafA, _leafB, MODEL, prev, _winner));
    }

    function callFinishRoot() internal view returns (bytes memory) {
        return abi.encodeCall(ITournament.finishRoot, (_rootId, survivorKey(_rootId)));
    }
}
