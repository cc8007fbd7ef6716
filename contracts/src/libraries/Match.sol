// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../interfaces/ITournament.sol";
import {Clock} from "./Clock.sol";
import {Commitment} from "./Commitment.sol";
import {MerkleMemory} from "./MerkleMemory.sol";

/// @notice The changing part of a match as it lies in storage; zero: no such match.
type MatchWord is uint256;

/// @notice A match in memory.
struct MatchState {
    uint256 index;
    uint256 height;
    uint256 phase;
    uint256 since;
    uint256 clockA;
    uint256 clockB;
    uint256 spentA;
    uint256 spentB;
}

/// @title One match: its word, and the check of a move
/// @notice
/// | bits | field | unit |
/// |---|---|---|
/// | 0–63 | `index` | of the node in dispute, among the nodes of its height |
/// | 64–71 | `height` | of that node; 0 = leaves |
/// | 72–79 | `phase` | see the constants |
/// | 80–119 | `since` | seconds, time of the last action |
/// | 120–151, 152–183 | `clockA`, `clockB` | seconds left at `since` |
/// | 184–219, 220–255 | `spentA`, `spentB` | gwei refunded from each claim's bond during this match |
/// @dev INVARIANT: spent ≤ bond < 2^36: a bond covers more moves and seals than a match has, at the price cap.
library Match {
    uint256 internal constant NONE = 0;
    uint256 internal constant A_TO_MOVE = 1;
    uint256 internal constant B_TO_MOVE = 2;
    uint256 internal constant SEALABLE = 3;
    uint256 internal constant INNER_OPEN = 4;
    uint256 internal constant OVER = 5;

    uint256 private constant MASK_36 = 2 ** 36 - 1;

    function pack(MatchState memory _match) internal pure returns (MatchWord word_) {
        word_ = MatchWord.wrap(
            _match.index | _match.height << 64 | _match.phase << 72 | _match.since << 80 | _match.clockA << 120
                | _match.clockB << 152 | _match.spentA << 184 | _match.spentB << 220
        );
    }

    function unpack(MatchWord _word) internal pure returns (MatchState memory match_) {
        uint256 word = MatchWord.unwrap(_word);
        match_.index = uint64(word);
        match_.height = uint8(word >> 64);
        match_.phase = uint8(word >> 72);
        match_.since = uint40(word >> 80);
        match_.clockA = uint32(word >> 120);
        match_.clockB = uint32(word >> 152);
        match_.spentA = (word >> 184) & MASK_36;
        match_.spentB = word >> 220;
    }

    /// @notice Whether the side that burns time is A, for phases 1 and 2.
    function isATurn(MatchState memory _match) internal pure returns (bool isA_) {
        isA_ = _match.phase == A_TO_MOVE;
    }

    /// @notice Checks one move and takes it: the node in dispute becomes the child, the turn passes.
    /// @param _pairHash Hash of the two nodes in dispute, A's first.
    /// @return newPairHash_ Hash of the two children, A's first.
    function descend(
        MatchState memory _match,
        bytes32 _pairHash,
        uint256 _childIndex,
        bytes32 _otherChild,
        bytes32[] calldata _path,
        bytes32[] calldata _opened
    ) internal pure returns (bytes32 newPairHash_) {
        uint256 depth = Commitment.descentOf(_match.height);
        if (_childIndex >> depth != 0) revert ITournament.ChildIndexInvalid(_childIndex, 1 << depth);
        bool isA = isATurn(_match);
        _match.height -= depth;
        bytes32 child = Commitment.openedRoot(_match.height, _opened);
        // INVARIANT: a match always stands at a pair of different nodes.
        if (child == _otherChild) revert ITournament.NoDifference(child);
        (bytes32 node, bytes32 otherNode) = climb(child, _otherChild, _childIndex, depth, _path);
        bytes32 actual = orderedPair(node, otherNode, isA);
        if (actual != _pairHash) revert ITournament.PairMismatch(_pairHash, actual);
        newPairHash_ = orderedPair(child, _otherChild, isA);
        _match.index = (_match.index << depth) | _childIndex;
        _match.phase = _match.height == 0 ? SEALABLE : isA ? B_TO_MOVE : A_TO_MOVE;
    }

    /// @notice Charges the mover and starts the other clock.
    function passTurn(MatchState memory _match, bool _isA, uint256 _time) internal pure {
        if (_isA) _match.clockA = Clock.charged(_match.clockA, _match.since, _time);
        else _match.clockB = Clock.charged(_match.clockB, _match.since, _time);
        _match.since = _time;
    }

    /// @notice Hash of the mover's and the other's node, A's first.
    function orderedPair(bytes32 _mover, bytes32 _other, bool _moverIsA) internal pure returns (bytes32 pairHash_) {
        pairHash_ = _moverIsA ? MerkleMemory.hashPair(_mover, _other) : MerkleMemory.hashPair(_other, _mover);
    }

    /// @notice Climbs `_depth` levels in two trees at once. A left sibling is given once and hashed into both, which
    /// proves that the trees agree on everything left of the child; right siblings are given for each, the mover's first.
    /// @dev Assembly for the gas budget of a move; scratch space only. Words read past the path's end are refused
    /// by the length check that follows.
    function climb(bytes32 _node, bytes32 _other, uint256 _childIndex, uint256 _depth, bytes32[] calldata _path)
        internal
        pure
        returns (bytes32 node_, bytes32 other_)
    {
        uint256 numWords;
        (node_, other_) = (_node, _other);
        assembly ("memory-safe") {
            let word := _path.offset
            for { let j := 0 } lt(j, _depth) { j := add(j, 1) } {
                switch and(shr(j, _childIndex), 1)
                case 1 {
                    mstore(0x00, calldataload(word))
                    mstore(0x20, node_)
                    node_ := keccak256(0x00, 0x40)
                    mstore(0x20, other_)
                    other_ := keccak256(0x00, 0x40)
                    word := add(word, 0x20)
                }
                default {
                    mstore(0x00, node_)
                    mstore(0x20, calldataload(word))
                    node_ := keccak256(0x00, 0x40)
                    mstore(0x00, other_)
                    mstore(0x20, calldataload(add(word, 0x20)))
                    other_ := keccak256(0x00, 0x40)
                    word := add(word, 0x40)
                }
            }
            numWords := shr(5, sub(word, _path.offset))
        }
        if (numWords != _path.length) revert ITournament.PathLengthMismatch(numWords, _path.length);
    }
}
