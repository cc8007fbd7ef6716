// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Commitment} from "../libraries/Commitment.sol";
import {GameState} from "../libraries/Game.sol";
import {Kinds} from "../libraries/Kinds.sol";
import {MerkleMemory} from "../libraries/MerkleMemory.sol";
import {TournamentBase} from "./TournamentBase.sol";

/// @title What each kind of tournament does
/// @notice spec/06-dispute.md §2. The only place, beside the gas table in `Bond`, that tells kinds apart.
abstract contract TournamentKinds is TournamentBase {
    /// @dev Reverts unless a market opens tournaments of this kind.
    function checkRoot(GameState memory _game) internal pure {
        if (!Kinds.isRoot(_game.kind)) revert WrongKind(uint8(Kinds.COARSE), uint8(_game.kind));
    }

    /// @dev The root tournament above a tournament: itself, if it is one.
    function rootOf(bytes32 _tournamentId, GameState memory _game) internal view returns (bytes32 rootId_) {
        rootId_ = Kinds.isRoot(_game.kind) ? _tournamentId : _games[_tournamentId].subject;
    }

    /// @dev The model that a tournament is about.
    function modelOf(bytes32 _tournamentId, GameState memory _game) internal view returns (bytes32 modelId_) {
        modelId_ = _games[rootOf(_tournamentId, _game)].subject;
    }

    /// @dev Checks what a join shows of its tree. A claim about a tensor program proves what it stands for in the tree itself, the others
    /// by their last leaf.
    function checkTree(GameState memory _game, JoinData calldata _join) internal pure {
        Commitment.checkOpening(_game.height, _join);
        if (_game.kind == Kinds.GRAPH) MerkleMemory.checkProofLength(0, _join.lastLeafSiblings);
        else Commitment.checkLastLeaf(_game.height, _join);
    }

    /// @dev What a claim of an inner tournament stands for: a leaf of the match above.
    function innerOutcome(bytes32 _tournamentId, GameState memory _game, JoinData calldata _join)
        internal
        view
        returns (bytes32 leaf_)
    {
        if (_game.kind == Kinds.BLOCK) {
            return REFEREE.leafOf(modelOf(_tournamentId, _game), _join.lastLeaf, _join.evidence);
        }
        if (_game.kind != Kinds.FINE) revert WrongKind(uint8(Kinds.FINE), uint8(_game.kind));
        if (_join.evidence.length != 0) revert EvidenceUnexpected(_join.evidence.length);
        leaf_ = _join.lastLeaf;
    }

    /// @dev The tournament that a leaf of this one opens by `sealCoarse`: single instructions.
    function belowStates(GameState memory _game, bytes32 _modelId) internal view returns (GameState memory inner_) {
        uint256 fineHeight = fineHeightOf(_game, _modelId);
        if (fineHeight == 0) revert WrongSeal(uint8(_game.kind), 0);
        (inner_.kind, inner_.height) = (Kinds.FINE, fineHeight);
    }

    /// @dev The tournament that a leaf of a graph opens: the machine that computes the block.
    function belowGraph(bytes32 _modelId) internal view returns (GameState memory inner_) {
        (uint256 coarseHeight,) = REFEREE.machineHeights(_modelId);
        (inner_.kind, inner_.height) = (Kinds.BLOCK, coarseHeight);
    }

    /// @dev Reverts unless one instruction decides a leaf of this tournament.
    function checkStepDecides(GameState memory _game, bytes32 _modelId) internal view {
        if (_game.kind == Kinds.FINE) return;
        uint256 fineHeight = fineHeightOf(_game, _modelId);
        if (fineHeight != 0) revert WrongSeal(uint8(_game.kind), uint8(fineHeight));
    }

    /// @dev Reverts unless leaves of this tournament are judged by the rules of tensor programs.
    function checkGraph(GameState memory _game) internal pure {
        if (_game.kind != Kinds.GRAPH) revert WrongKind(uint8(Kinds.GRAPH), uint8(_game.kind));
    }

    /// @dev Height of the tree below states of a machine, for tournaments whose leaves are such states.
    function fineHeightOf(GameState memory _game, bytes32 _modelId) private view returns (uint256 fineHeight_) {
        if (_game.kind != Kinds.COARSE && _game.kind != Kinds.BLOCK) revert WrongSeal(uint8(_game.kind), 0);
        (, fineHeight_) = REFEREE.machineHeights(_modelId);
    }

    /// @dev The agreed state before leaf `_index`: proven in the tree of either claim, since left of it they agree; before leaf 0 that
    /// before the whole tournament. Tells too how many of the siblings were read.
    function agreedState(
        MatchKey calldata _key,
        GameState memory _game,
        bytes32 _modelId,
        uint256 _index,
        AgreedState calldata _prev
    ) internal view returns (bytes32 stateHash_, uint256 numSiblings_) {
        GameSlots storage slots = _games[_key.tournamentId];
        if (_index == 0 && _game.kind != Kinds.COARSE) return (slots.prevState, 0);
        numSiblings_ = _prev.siblings.length;
        if (_index == 0) return (REFEREE.initialStateHash(_modelId, slots.origin, _prev.siblings), numSiblings_);
        MerkleMemory.checkProofLength(_game.height, _prev.siblings);
        bytes32 expected = _prev.inB ? _key.b.root : _key.a.root;
        bytes32 actual = MerkleMemory.rootFrom(_prev.stateHash, _index - 1, _prev.siblings);
        if (actual != expected) revert AgreedStateMismatch(expected, actual);
        stateHash_ = _prev.stateHash;
    }
}
