// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MerkleMemory} from "./MerkleMemory.sol";

/// @dev Heights at which a subtree can be complete while bytes are missing: all below MerkleMemory.MAX_SLOT_HEIGHT.
uint256 constant NUM_PEAKS = 23;

/// @title Roots of slots that arrive in chunks
/// @notice spec/03-commitments.md §7. A chunk covers one aligned subtree of the slot. What has arrived is kept as a
/// frontier: the roots of the greatest complete subtrees, at most one a height, as in a binary counter.
library InputFrontier {
    /// @notice The most bytes of one chunk.
    uint256 internal constant MAX_CHUNK_BYTES = 1 << 16;

    /// @notice Height of the smallest subtree that holds `_numBytes`, at least 1, at most MAX_CHUNK_BYTES.
    function heightOf(uint256 _numBytes) internal pure returns (uint256 height_) {
        while (MerkleMemory.BLOCK_BYTES << height_ < _numBytes) ++height_;
    }

    /// @notice Takes the next complete subtree in.
    /// @param _peaks Root of the complete subtree of height h in `_peaks[h]`, where bit h of the number of blocks that
    /// have arrived is 1; other entries mean nothing.
    /// @param _position Blocks that have arrived, a multiple of 2^`_height`.
    /// @param _node Root of the 2^`_height` blocks that follow them.
    function push(bytes32[NUM_PEAKS] storage _peaks, uint256 _position, bytes32 _node, uint256 _height) internal {
        while ((_position >> _height) & 1 == 1) {
            _node = MerkleMemory.hashPair(_peaks[_height], _node);
            ++_height;
        }
        _peaks[_height] = _node;
    }

    /// @notice Root of the slot of `_slotHeight` whose last bytes lie in the subtree `_node`; zeros follow it.
    /// @dev Parameters as in `push`.
    function close(
        bytes32[NUM_PEAKS] storage _peaks,
        uint256 _position,
        bytes32 _node,
        uint256 _height,
        uint256 _slotHeight
    ) internal view returns (bytes32 root_) {
        root_ = _node;
        bytes32 zero = MerkleMemory.zeroHash(_height);
        for (; _height < _slotHeight; ++_height) {
            bool isRight = (_position >> _height) & 1 == 1;
            root_ = isRight ? MerkleMemory.hashPair(_peaks[_height], root_) : MerkleMemory.hashPair(root_, zero);
            zero = MerkleMemory.hashPair(zero, zero);
        }
    }
}
