// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../src/interfaces/ITournament.sol";

/// @notice Whole trees in memory, written apart from the contract's own code: `nodes[1]` is the root, node k has the
/// children 2k and 2k + 1.
library ToyTree {
    function build(bytes32[] memory _leaves) internal pure returns (bytes32[] memory nodes_) {
        uint256 numLeaves = _leaves.length;
        nodes_ = new bytes32[](2 * numLeaves);
        for (uint256 i = 0; i < numLeaves; ++i) nodes_[numLeaves + i] = _leaves[i];
        for (uint256 i = numLeaves - 1; i > 0; --i) {
            nodes_[i] = keccak256(abi.encodePacked(nodes_[2 * i], nodes_[2 * i + 1]));
        }
    }

    function heightOf(bytes32[] memory _nodes) internal pure returns (uint256 height_) {
        while (uint256(2) << height_ < _nodes.length) ++height_;
    }

    function at(bytes32[] memory _nodes, uint256 _height, uint256 _index) internal pure returns (bytes32) {
        return _nodes[(_nodes.length / 2 >> _height) + _index];
    }

    /// @notice Levels of the next descent from a node of `_height`.
    function depth(uint256 _height) internal pure returns (uint256) {
        if (_height == 0) return 0;
        return _height % 4 == 0 ? 4 : _height % 4;
    }

    function opened(bytes32[] memory _nodes, uint256 _height, uint256 _index)
        internal
        pure
        returns (bytes32[] memory list_)
    {
        uint256 d = depth(_height);
        list_ = new bytes32[](1 << d);
        for (uint256 i = 0; i < list_.length; ++i) list_[i] = at(_nodes, _height - d, (_index << d) + i);
    }

    function siblings(bytes32[] memory _nodes, uint256 _leaf, uint256 _levels)
        internal
        pure
        returns (bytes32[] memory list_)
    {
        list_ = new bytes32[](_levels);
        for (uint256 j = 0; j < _levels; ++j) list_[j] = at(_nodes, j, (_leaf >> j) ^ 1);
    }

    function joinData(bytes32[] memory _nodes, bool _isRoot) internal pure returns (ITournament.JoinData memory join_) {
        uint256 height = heightOf(_nodes);
        uint256 last = (1 << height) - 1;
        join_.root = _nodes[1];
        join_.opened = opened(_nodes, height, 0);
        join_.lastLeaf = at(_nodes, 0, last);
        join_.lastLeafSiblings = siblings(_nodes, last, height - depth(height));
        if (_isRoot) join_.evidence = abi.encode(join_.lastLeaf);
    }

    /// @notice First child, among the next descendants of a node, in which two trees differ.
    function firstDifference(bytes32[] memory _x, bytes32[] memory _y, uint256 _height, uint256 _index)
        internal
        pure
        returns (uint256 child_)
    {
        bytes32[] memory a = opened(_x, _height, _index);
        bytes32[] memory b = opened(_y, _height, _index);
        while (a[child_] == b[child_]) ++child_;
    }

    /// @notice The words of a move's path: the mover's tree first.
    function path(bytes32[] memory _x, bytes32[] memory _y, uint256 _height, uint256 _index, uint256 _child)
        internal
        pure
        returns (bytes32[] memory list_)
    {
        uint256 d = depth(_height);
        bytes32[] memory words = new bytes32[](2 * d);
        uint256 n;
        for (uint256 j = 0; j < d; ++j) {
            uint256 height = _height - d + j;
            uint256 index = ((_index << d) + _child) >> j;
            words[n++] = at(_x, height, index ^ 1);
            if (index & 1 == 0) words[n++] = at(_y, height, index ^ 1);
        }
        list_ = new bytes32[](n);
        for (uint256 i = 0; i < n; ++i) list_[i] = words[i];
    }
}
