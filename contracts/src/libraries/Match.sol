// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../interfaces/ITournament.sol";
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

    uint256 private constant HEIGHT_BIT = 64;
    uint256 private constant PHASE_BIT = 72;
    uint256 private constant SINCE_BIT = 80;
    uint256 private constant CLOCK_A_BIT = 120;
    uint256 private constant CLOCK_B_BIT = 152;
    uint256 private constant SPENT_A_BIT = 184;
    uint256 private constant SPENT_B_BIT = 220;
    uint256 private constant MASK_36 = 2 ** 36 - 1;

    /// @notice The word that keeps it.
    function pack(MatchState memory _match) internal pure returns (MatchWord word_) {
        word_ = MatchWord.wrap(
            _match.index | _match.height << HEIGHT_BIT | _match.phase << PHASE_BIT | _match.since << SINCE_BIT
                | _match.clockA << CLOCK_A_BIT | _match.clockB << CLOCK_B_BIT | _match.spentA << SPENT_A_BIT
                | _match.spentB << SPENT_B_BIT
        );
    }

    /// @notice What a word keeps.
    function unpack(MatchWord _word) internal pure returns (MatchState memory match_) {
        uint256 word = MatchWord.unwrap(_word);
        match_.index = uint64(word);
        match_.height = uint8(word >> HEIGHT_BIT);
        match_.phase = uint8(word >> PHASE_BIT);
        match_.since = uint40(word >> SINCE_BIT);
        match_.clockA = uint32(word >> CLOCK_A_BIT);
        match_.clockB = uint32(word >> CLOCK_B_BIT);
        match_.spentA = (word >> SPENT_A_BIT) & MASK_36;
        match_.spentB = word >> SPENT_B_BIT;
    }

    /// @notice Whether a match is in phase 1 or 2: it waits for a move.
    function isMoving(MatchWord _word) internal pure returns (bool isMoving_) {
        uint256 phase = phaseOf(_word);
        isMoving_ = phase == A_TO_MOVE || phase == B_TO_MOVE;
    }

    /// @notice Phase of a match.
    function phaseOf(MatchWord _word) internal pure returns (uint256 phase_) {
        phase_ = uint8(MatchWord.unwrap(_word) >> PHASE_BIT);
    }

    /// @notice Height of the node in dispute.
    function heightOf(MatchWord _word) internal pure returns (uint256 height_) {
        height_ = uint8(MatchWord.unwrap(_word) >> HEIGHT_BIT);
    }

    /// @notice Checks a move: both nodes in dispute are hashed up from the two children, which must differ.
    /// @param _pairHash Hash of the two nodes in dispute, A's first.
    /// @return newPairHash_ Hash of the two children, A's first.
    function descend(
        MatchWord _word,
        bytes32 _pairHash,
        uint256 _childIndex,
        bytes32 _otherChild,
        bytes32[] calldata _path,
        bytes32[] calldata _opened
    ) internal pure returns (bytes32 newPairHash_) {
        uint256 height = heightOf(_word);
        uint256 depth = Commitment.descentOf(height);
        if (_childIndex >> depth != 0) revert ITournament.ChildIndexInvalid(_childIndex, 1 << depth);
        bytes32 child = Commitment.openedRoot(height - depth, _opened);
        // INVARIANT: a match always stands at a pair of different nodes.
        if (child == _otherChild) revert ITournament.NoDifference(child);
        (bytes32 node, bytes32 otherNode) = climb(child, _otherChild, _childIndex, depth, _path);
        bool isA = phaseOf(_word) == A_TO_MOVE;
        bytes32 actual = orderedPair(node, otherNode, isA);
        if (actual != _pairHash) revert ITournament.PairMismatch(_pairHash, actual);
        newPairHash_ = orderedPair(child, _otherChild, isA);
    }

    /// @notice Seconds since the last action, if the side to move still has time (phases 1 and 2).
    /// @return elapsed_ Seconds.
    /// @return expired_ Whether its clock has run out: `time ≥ since + clock`.
    function elapsedOf(MatchWord _word, uint256 _time) internal pure returns (uint256 elapsed_, bool expired_) {
        uint256 word = MatchWord.unwrap(_word);
        uint256 clock = uint32(phaseOf(_word) == A_TO_MOVE ? word >> CLOCK_A_BIT : word >> CLOCK_B_BIT);
        elapsed_ = _time - uint40(word >> SINCE_BIT);
        expired_ = elapsed_ >= clock;
    }

    /// @notice The word after a move: the child is in dispute, the mover's clock charged, the turn passed.
    /// @dev On the word itself: a move has a gas budget. SAFETY: `_elapsed` is below the mover's clock, and a child's
    /// index is below 2^height of the tree, at most 2^64.
    function moved(MatchWord _word, uint256 _childIndex, uint256 _elapsed, uint256 _time)
        internal
        pure
        returns (MatchWord word_)
    {
        uint256 word = MatchWord.unwrap(_word);
        uint256 phase = phaseOf(_word);
        uint256 height = heightOf(_word);
        uint256 depth = Commitment.descentOf(height);
        unchecked {
            uint256 index = uint256(uint64(word)) << depth | _childIndex;
            height -= depth;
            uint256 next = height == 0 ? SEALABLE : A_TO_MOVE + B_TO_MOVE - phase;
            word = (word >> CLOCK_A_BIT) << CLOCK_A_BIT;
            word -= _elapsed << (phase == A_TO_MOVE ? CLOCK_A_BIT : CLOCK_B_BIT);
            word |= index | height << HEIGHT_BIT | next << PHASE_BIT | _time << SINCE_BIT;
        }
        word_ = MatchWord.wrap(word);
    }

    /// @notice The word with a refund charged to one side.
    function spent(MatchWord _word, uint256 _gwei, bool _isA) internal pure returns (MatchWord word_) {
        word_ = MatchWord.wrap(MatchWord.unwrap(_word) + (_gwei << (_isA ? SPENT_A_BIT : SPENT_B_BIT)));
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
