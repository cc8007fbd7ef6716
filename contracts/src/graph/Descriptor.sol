// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MerkleMemory} from "../libraries/MerkleMemory.sol";

/// @notice Where an operand of a node comes from (spec/02-program §4).
struct Reference {
    uint256 kind;
    uint256 initKind;
    uint256 section;
    uint256 index;
    uint256 initIndex;
}

/// @title The fields of a descriptor that the game reads
/// @notice 128 little-endian words (spec/02-program §3); everything else is for the guest.
library Descriptor {
    uint256 internal constant BYTES = 512;
    /// @notice Height of a descriptor's own tree: four blocks.
    uint256 internal constant HEIGHT = 2;

    uint256 internal constant ZERO = 0;
    uint256 internal constant CONSTANT = 1;
    uint256 internal constant INPUT = 2;
    uint256 internal constant NODE = 3;
    uint256 internal constant PREVIOUS = 4;
    uint256 internal constant SECTION = 5;

    uint256 private constant DTYPES_WORD = 1;
    uint256 private constant LENGTH_WORD = 3;
    uint256 private constant REFERENCES_WORD = 10;

    /// @notice Bytes of the node's output.
    function lengthBytes(bytes calldata _descriptor) internal pure returns (uint256 length_) {
        length_ = wordAt(_descriptor, LENGTH_WORD);
    }

    /// @notice The reference of operand `_operand` (0 to 2). An absent operand and every reference that is not valid
    /// by itself are of kind ZERO: the referee reads the zero tensor.
    function referenceOf(bytes calldata _descriptor, uint256 _operand) internal pure returns (Reference memory ref_) {
        bool isAbsent = (wordAt(_descriptor, DTYPES_WORD) >> (8 * (_operand + 1))) & 0xff == 0;
        uint256 word = REFERENCES_WORD + 3 * _operand;
        uint256 kinds = wordAt(_descriptor, word);
        ref_.kind = kinds & 0xff;
        ref_.initKind = (kinds >> 8) & 0xff;
        ref_.section = kinds >> 16;
        ref_.index = wordAt(_descriptor, word + 1);
        ref_.initIndex = wordAt(_descriptor, word + 2);
        if (isAbsent || !isValid(ref_)) ref_.kind = ZERO;
    }

    /// @dev Whether a reference names only what its kind has.
    function isValid(Reference memory _ref) private pure returns (bool isValid_) {
        bool hasSection = _ref.kind == SECTION || (_ref.kind == PREVIOUS && _ref.initKind == SECTION);
        if (_ref.kind > SECTION || (!hasSection && _ref.section != 0)) return false;
        if (_ref.kind == ZERO) return true;
        if (_ref.kind != PREVIOUS) return _ref.initKind == 0 && _ref.initIndex == 0;
        if (_ref.initKind == ZERO) return _ref.initIndex == 0;
        return _ref.initKind == CONSTANT || _ref.initKind == INPUT || _ref.initKind == SECTION;
    }

    function wordAt(bytes calldata _descriptor, uint256 _word) private pure returns (uint256 word_) {
        uint32 bigEndian;
        assembly ("memory-safe") {
            bigEndian := shr(224, calldataload(add(_descriptor.offset, shl(2, _word))))
        }
        word_ = MerkleMemory.byteSwap32(bigEndian);
    }
}
