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

    /// @dev The model that a tournament is about: a root stores it, the id of an inner one says it.
    function modelOf(bytes32 _tournamentId, GameState memory _game, Origin calldata _origin)
        internal
        view
        returns (bytes32 modelId_)
    {
        if (Kinds.isRoot(_game.kind)) return _games[_tournamentId].modelId;
        bytes32 actual = idOf(_origin);
        if (actual != _tournamentId) revert OriginMismatch(_tournamentId, actual);
        modelId_ = _origin.modelId;
    }

    /// @dev The tournament of an origin.
    function idOf(Origin calldata _origin) internal pure returns (bytes32 tournamentId_) {
        tournamentId_ = Commitment.innerTournamentId(_origin.parentMatch, _origin.modelId, _origin.prevState);
    }

    /// @dev Checks what a join shows of its tree. A claim about a tensor program proves what it stands for in the tree itself, the others
    /// by their last leaf.
    function checkTree(GameState memory _game, JoinData calldata _join) internal pure {
        Commitment.checkOpening(_game.height, _join);
        if (_game.kind == Kinds.GRAPH) MerkleMemory.checkProofLength(0, _join.lastLeafSiblings);
        else Commitment.checkLastLeaf(_game.height, _join);
    }

    /// @dev What a claim of an inner tournament stands for: a leaf of the match above.
    function innerOutcome(bytes32 _modelId, GameState memory _game, JoinData calldata _join)
        internal
        view
        returns (bytes32 leaf_)
    {
        if (_game.kind == Kinds.BLOCK) return REFEREE.leafOf(_modelId, _join.lastLeaf, _join.evidence);
        if (_game.kind != Kinds.FINE) revert WrongKind(uint8(Kinds.FINE), uint8(_game.kind));
        if (_join.evidence.length != 0) revert EvidenceUnexpected(_join.evidence.length);
        leaf_ = _join.lastLeaf;
    }

    /// @dev The tournament that a leaf of this one opens by `sealCoarse`: single instructions.
    function belowStates(GameState memory _game) internal pure returns (GameState memory inner_) {
        uint256 fineHeight = fineHeightOf(_game);
        if (fineHeight == 0) revert WrongSeal(uint8(_game.kind), 0);
        (inner_.kind, inner_.height) = (Kinds.FINE, fineHeight);
    }

    /// @dev The tournament that a leaf of a graph opens: the machine that computes the block.
    function belowGraph(GameState memory _game) internal pure returns (GameState memory inner_) {
        (inner_.kind, inner_.height, inner_.fineHeight) = (Kinds.BLOCK, _game.coarseHeight, _game.fineHeight);
    }

    /// @dev Reverts unless one instruction decides a leaf of this tournament.
    function checkStepDecides(GameState memory _game) internal pure {
        if (_game.kind == Kinds.FINE) return;
        uint256 fineHeight = fineHeightOf(_game);
        if (fineHeight != 0) revert WrongSeal(uint8(_game.kind), uint8(fineHeight));
    }

    /// @dev Reverts unless leaves of this tournament are judged by the rules of tensor programs.
    function checkGraph(GameState memory _game) internal pure {
        if (_game.kind != Kinds.GRAPH) revert WrongKind(uint8(Kinds.GRAPH), uint8(_game.kind));
    }

    /// @dev Height of the tree below states of a machine, for tournaments whose leaves are such states.
    function fineHeightOf(GameState memory _game) private pure returns (uint256 fineHeight_) {
        if (_game.kind != Kinds.COARSE && _game.kind != Kinds.BLOCK) revert WrongSeal(uint8(_game.kind), 0);
        fineHeight_ = _game.fineHeight;
    }

    /// @dev The agreed state before leaf `_index`: proven in the tree of either claim, since left of it they agree; before leaf 0 that
    /// before the whole tournament. Tells too how many of the siblings were read.
    function agreedState(
        MatchKey calldata _key,
        GameState memory _game,
        bytes32 _modelId,
        uint256 _index,
        Origin calldata _origin,
        AgreedState calldata _prev
    ) internal view returns (bytes32 stateHash_, uint256 numSiblings_) {
        // SAFETY: `modelOf` has held the origin against the tournament's id.
        if (_index == 0 && _game.kind != Kinds.COARSE) return (_origin.prevState, 0);
        numSiblings_ = _prev.siblings.length;
        if (_index == 0) {
            bytes32 inputRoot = _games[_key.tournamentId].inputRoot;
            return (REFEREE.initialStateHash(_modelId, inputRoot, _prev.siblings), numSiblings_);
        }
        MerkleMemory.checkProofLength(_game.height, _prev.siblings);
        bytes32 expected = _prev.inB ? _key.b.root : _key.a.root;
        bytes32 actual = MerkleMemory.rootFrom(_prev.stateHash, _index - 1, _prev.siblings);
        if (actual != expected) revert AgreedStateMismatch(expected, actual);
        stateHash_ = _prev.stateHash;
    }
}
