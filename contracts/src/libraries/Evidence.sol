// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MerkleMemory} from "./MerkleMemory.sol";

/// @notice Packed bytes that are read from the left; what is read is decided by what was read before.
struct Cursor {
    /// Where the next part begins in calldata.
    uint256 offset;
    /// Where the bytes end in calldata.
    uint256 end;
}

/// @title Reading of packed evidence
/// @notice Every evidence has one exact length: `close` refuses what is left over.
library Evidence {
    /// @notice The evidence ends before the part that is read, or goes on after its last.
    /// @param missingBytes Bytes that lack (0 when bytes are left over).
    /// @param extraBytes Bytes that are left over.
    error EvidenceLengthMismatch(uint256 missingBytes, uint256 extraBytes);

    /// @notice A cursor at the start of some bytes.
    function open(bytes calldata _bytes) internal pure returns (Cursor memory cursor_) {
        assembly ("memory-safe") {
            mstore(cursor_, _bytes.offset)
            mstore(add(cursor_, 0x20), add(_bytes.offset, _bytes.length))
        }
    }

    /// @notice Reverts if bytes are left over.
    function close(Cursor memory _cursor) internal pure {
        if (_cursor.offset != _cursor.end) revert EvidenceLengthMismatch(0, _cursor.end - _cursor.offset);
    }

    /// @notice The next `_numBytes` bytes.
    function takeBytes(Cursor memory _cursor, uint256 _numBytes) internal pure returns (bytes calldata bytes_) {
        uint256 start = advance(_cursor, _numBytes);
        assembly ("memory-safe") {
            bytes_.offset := start
            bytes_.length := _numBytes
        }
    }

    /// @notice The next word.
    function takeWord(Cursor memory _cursor) internal pure returns (bytes32 word_) {
        uint256 start = advance(_cursor, 32);
        assembly ("memory-safe") {
            word_ := calldataload(start)
        }
    }

    /// @notice The next `_numWords` words.
    function takeWords(Cursor memory _cursor, uint256 _numWords) internal pure returns (bytes32[] calldata words_) {
        uint256 start = advance(_cursor, 32 * _numWords);
        assembly ("memory-safe") {
            words_.offset := start
            words_.length := _numWords
        }
    }

    /// @notice Reverts unless `_node` and the next `_height` siblings lead from `_position` to `_root`.
    function checkNode(Cursor memory _cursor, bytes32 _node, bytes32 _root, uint256 _position, uint256 _height)
        internal
        pure
    {
        MerkleMemory.checkProof(_root, _node, _position, _height, takeWords(_cursor, _height));
    }

    /// @notice The next word, proven by the `_height` siblings after it to stand at `_position` under `_root`.
    function takeNode(Cursor memory _cursor, bytes32 _root, uint256 _position, uint256 _height)
        internal
        pure
        returns (bytes32 node_)
    {
        node_ = takeWord(_cursor);
        checkNode(_cursor, node_, _root, _position, _height);
    }

    /// @dev Moves on; returns where the cursor was.
    function advance(Cursor memory _cursor, uint256 _numBytes) private pure returns (uint256 start_) {
        start_ = _cursor.offset;
        uint256 left = _cursor.end - start_;
        if (_numBytes > left) revert EvidenceLengthMismatch(_numBytes - left, 0);
        _cursor.offset = start_ + _numBytes;
    }
}
