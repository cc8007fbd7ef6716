// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../interfaces/ITournament.sol";
import {MerkleMemory} from "./MerkleMemory.sol";

/// @title Trace roots, their openings, and the names made from them
/// @notice Rules of spec/06-dispute.md §1 to §3.
library Commitment {
    bytes32 private constant ROOT_TAG = keccak256("opml.tournament.root.1");
    bytes32 private constant INNER_TAG = keccak256("opml.tournament.inner.2");

    /// @notice Id of the root tournament that a market opens about a task.
    function rootTournamentId(address _market, bytes32 _taskId) internal pure returns (bytes32 id_) {
        id_ = hash3(ROOT_TAG, bytes32(uint256(uint160(_market))), _taskId);
    }

    /// @notice Id of an inner tournament. It says all that never changes about it, so that none of this is stored.
    function innerTournamentId(bytes32 _parentMatch, bytes32 _modelId, bytes32 _prevState)
        internal
        pure
        returns (bytes32 id_)
    {
        id_ = keccak256(abi.encode(INNER_TAG, _parentMatch, _modelId, _prevState));
    }

    /// @notice Id of a claim inside a tournament.
    function claimId(bytes32 _tournamentId, bytes32 _root, bytes32 _outcome) internal pure returns (bytes32 id_) {
        id_ = hash3(_tournamentId, _root, _outcome);
    }

    /// @notice Id of a match of two claims.
    function matchId(bytes32 _tournamentId, bytes32 _claimIdA, bytes32 _claimIdB) internal pure returns (bytes32 id_) {
        id_ = hash3(_tournamentId, _claimIdA, _claimIdB);
    }

    /// @notice Id of the match that a key names.
    function matchIdOf(ITournament.MatchKey calldata _key) internal pure returns (bytes32 id_) {
        id_ = matchId(
            _key.tournamentId,
            claimId(_key.tournamentId, _key.a.root, _key.a.outcome),
            claimId(_key.tournamentId, _key.b.root, _key.b.outcome)
        );
    }

    /// @notice Levels of one descent from a node of `_height`: first `height mod 4`, then 4; a leaf has none.
    function descentOf(uint256 _height) internal pure returns (uint256 depth_) {
        depth_ = _height & 3;
        if (depth_ == 0 && _height != 0) depth_ = 4;
    }

    /// @notice Root of a node of `_height` from its opened descendants (a leaf: itself alone).
    function openedRoot(uint256 _height, bytes32[] calldata _opened) internal pure returns (bytes32 root_) {
        uint256 expected = 1 << descentOf(_height);
        if (_opened.length != expected) revert ITournament.OpeningLengthMismatch(expected, _opened.length);
        root_ = expected == 16 ? rootOf16(_opened) : MerkleMemory.rootOfDescendants(_opened);
    }

    /// @notice Checks a join's opening against its root.
    function checkOpening(uint256 _height, ITournament.JoinData calldata _join) internal pure {
        bytes32 actual = openedRoot(_height, _join.opened);
        if (actual != _join.root) revert ITournament.OpeningMismatch(_join.root, actual);
    }

    /// @notice Checks a join's last leaf against its opening, which has been checked.
    function checkLastLeaf(uint256 _height, ITournament.JoinData calldata _join) internal pure {
        uint256 below = _height - descentOf(_height);
        MerkleMemory.checkProofLength(below, _join.lastLeafSiblings);
        // The last leaf is a right child all the way: every bit of its position is 1.
        bytes32 last = MerkleMemory.rootFrom(_join.lastLeaf, type(uint256).max, _join.lastLeafSiblings);
        bytes32 expected = _join.opened[_join.opened.length - 1];
        if (last != expected) revert ITournament.LastLeafMismatch(expected, last);
    }

    /// @dev Root of 16 nodes with the loops unrolled: a third of a move's hashes, at half of the loop's gas.
    function rootOf16(bytes32[] calldata _nodes) private pure returns (bytes32 root_) {
        assembly ("memory-safe") {
            // Scratch space behind the free memory pointer; each level is written over the left half of the one below.
            let p := mload(0x40)
            calldatacopy(p, _nodes.offset, 0x200)
            mstore(p, keccak256(p, 0x40))
            mstore(add(p, 0x20), keccak256(add(p, 0x40), 0x40))
            mstore(add(p, 0x40), keccak256(add(p, 0x80), 0x40))
            mstore(add(p, 0x60), keccak256(add(p, 0xc0), 0x40))
            mstore(add(p, 0x80), keccak256(add(p, 0x100), 0x40))
            mstore(add(p, 0xa0), keccak256(add(p, 0x140), 0x40))
            mstore(add(p, 0xc0), keccak256(add(p, 0x180), 0x40))
            mstore(add(p, 0xe0), keccak256(add(p, 0x1c0), 0x40))
            mstore(p, keccak256(p, 0x40))
            mstore(add(p, 0x20), keccak256(add(p, 0x40), 0x40))
            mstore(add(p, 0x40), keccak256(add(p, 0x80), 0x40))
            mstore(add(p, 0x60), keccak256(add(p, 0xc0), 0x40))
            mstore(p, keccak256(p, 0x40))
            mstore(add(p, 0x20), keccak256(add(p, 0x40), 0x40))
            root_ := keccak256(p, 0x40)
        }
    }

    /// @dev `keccak256(abi.encode(a, b, c))` behind the free memory pointer.
    function hash3(bytes32 _a, bytes32 _b, bytes32 _c) private pure returns (bytes32 hash_) {
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, _a)
            mstore(add(start, 0x20), _b)
            mstore(add(start, 0x40), _c)
            hash_ := keccak256(start, 0x60)
        }
    }
}
