// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice A tree over 128-byte blocks of which few are not zero; plain code, written apart from MerkleMemory.
library SparseTree {
    struct Tree {
        uint256[] positions;
        bytes[] blocks;
    }

    /// @notice Writes `_data`, at most the rest of the block, at a byte address.
    function write(Tree storage _tree, uint256 _address, bytes memory _data) internal {
        uint256 position = _address / 128;
        uint256 index = 0;
        while (index < _tree.positions.length && _tree.positions[index] != position) ++index;
        if (index == _tree.positions.length) {
            _tree.positions.push(position);
            _tree.blocks.push(new bytes(128));
        }
        bytes memory data = _tree.blocks[index];
        for (uint256 i = 0; i < _data.length; ++i) {
            data[_address % 128 + i] = _data[i];
        }
        _tree.blocks[index] = data;
    }

    /// @notice The block at a byte address.
    function blockAt(Tree storage _tree, uint256 _address) internal view returns (bytes memory block_) {
        for (uint256 i = 0; i < _tree.positions.length; ++i) {
            if (_tree.positions[i] == _address / 128) return _tree.blocks[i];
        }
        return new bytes(128);
    }

    /// @notice The node at `_position` among the nodes of `_height`.
    function node(Tree storage _tree, uint256 _height, uint256 _position) internal view returns (bytes32 node_) {
        bool isZero = true;
        for (uint256 i = 0; i < _tree.positions.length; ++i) {
            if (_tree.positions[i] >> _height == _position) isZero = false;
        }
        if (isZero) return zero(_height);
        if (_height == 0) return keccak256(blockAt(_tree, _position * 128));
        bytes32 left = node(_tree, _height - 1, 2 * _position);
        bytes32 right = node(_tree, _height - 1, 2 * _position + 1);
        return keccak256(abi.encodePacked(left, right));
    }

    /// @notice Sibling hashes, bottom up, from the node at `_position` of `_height` up to a root of `_rootHeight`.
    function proof(Tree storage _tree, uint256 _height, uint256 _position, uint256 _rootHeight)
        internal
        view
        returns (bytes32[] memory siblings_)
    {
        siblings_ = new bytes32[](_rootHeight - _height);
        for (uint256 i = 0; i < siblings_.length; ++i) {
            siblings_[i] = node(_tree, _height + i, (_position >> i) ^ 1);
        }
    }

    /// @notice Root of 2^height zero blocks.
    function zero(uint256 _height) internal pure returns (bytes32 root_) {
        root_ = keccak256(new bytes(128));
        for (uint256 i = 0; i < _height; ++i) {
            root_ = keccak256(abi.encodePacked(root_, root_));
        }
    }
}
