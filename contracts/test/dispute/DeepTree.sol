// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../src/interfaces/ITournament.sol";

/// @notice A claim's tree of any height in memory: one leaf everywhere but at a few places. Written apart from the
/// contract's own code.
library DeepTree {
    uint256 private constant MAX_SET = 4;

    struct Tree {
        uint256 height;
        /// Roots of subtrees in which no leaf was set, by height.
        bytes32[] fillers;
        uint256 numSet;
        uint256[] positions;
        bytes32[] leaves;
    }

    function build(uint256 _height, bytes32 _filler) internal pure returns (Tree memory tree_) {
        tree_.height = _height;
        tree_.fillers = new bytes32[](_height + 1);
        tree_.positions = new uint256[](MAX_SET);
        tree_.leaves = new bytes32[](MAX_SET);
        tree_.fillers[0] = _filler;
        for (uint256 h = 1; h <= _height; ++h) {
            tree_.fillers[h] = keccak256(abi.encodePacked(tree_.fillers[h - 1], tree_.fillers[h - 1]));
        }
    }

    /// @notice Puts a leaf; a place may be set again.
    function set(Tree memory _tree, uint256 _position, bytes32 _leaf) internal pure {
        uint256 i;
        while (i < _tree.numSet && _tree.positions[i] != _position) ++i;
        if (i == _tree.numSet) ++_tree.numSet;
        (_tree.positions[i], _tree.leaves[i]) = (_position, _leaf);
    }

    function at(Tree memory _tree, uint256 _height, uint256 _index) internal pure returns (bytes32) {
        bool isFilled = true;
        for (uint256 i = 0; i < _tree.numSet; ++i) {
            if (_tree.positions[i] >> _height != _index) continue;
            if (_height == 0) return _tree.leaves[i];
            isFilled = false;
        }
        if (isFilled) return _tree.fillers[_height];
        return keccak256(
            abi.encodePacked(at(_tree, _height - 1, 2 * _index), at(_tree, _height - 1, 2 * _index + 1))
        );
    }

    function root(Tree memory _tree) internal pure returns (bytes32) {
        return at(_tree, _tree.height, 0);
    }

    /// @notice The 16 descendants of a node (a leaf: itself); heights are multiples of 4.
    function opened(Tree memory _tree, uint256 _height, uint256 _index) internal pure returns (bytes32[] memory list_) {
        uint256 d = _height == 0 ? 0 : 4;
        list_ = new bytes32[](1 << d);
        for (uint256 i = 0; i < list_.length; ++i) list_[i] = at(_tree, _height - d, (_index << d) + i);
    }

    function siblings(Tree memory _tree, uint256 _leaf, uint256 _levels) internal pure returns (bytes32[] memory list_) {
        list_ = new bytes32[](_levels);
        for (uint256 j = 0; j < _levels; ++j) list_[j] = at(_tree, j, (_leaf >> j) ^ 1);
    }

    function joinData(Tree memory _tree) internal pure returns (ITournament.JoinData memory join_) {
        uint256 last = (1 << _tree.height) - 1;
        join_.root = root(_tree);
        join_.opened = opened(_tree, _tree.height, 0);
        join_.lastLeaf = at(_tree, 0, last);
        join_.lastLeafSiblings = siblings(_tree, last, _tree.height - 4);
    }

    /// @notice A node and its siblings up to the root.
    function proof(Tree memory _tree, uint256 _height, uint256 _index) internal pure returns (bytes memory proof_) {
        proof_ = abi.encodePacked(at(_tree, _height, _index));
        for (uint256 h = _height; h < _tree.height; ++h) {
            proof_ = abi.encodePacked(proof_, at(_tree, h, (_index >> (h - _height)) ^ 1));
        }
    }

    /// @notice The words of a move's path from node 0 of `_height` to its child: the mover's tree first.
    function path(Tree memory _x, Tree memory _y, uint256 _height, uint256 _child)
        internal
        pure
        returns (bytes32[] memory list_)
    {
        return path(_x, _y, _height, 0, _child);
    }

    /// @notice The same from node `_index`.
    function path(Tree memory _x, Tree memory _y, uint256 _height, uint256 _index, uint256 _child)
        internal
        pure
        returns (bytes32[] memory list_)
    {
        bytes32[] memory words = new bytes32[](8);
        uint256 n;
        for (uint256 j = 0; j < 4; ++j) {
            uint256 index = (_index << 4 | _child) >> j;
            words[n++] = at(_x, _height - 4 + j, index ^ 1);
            if (index & 1 == 0) words[n++] = at(_y, _height - 4 + j, index ^ 1);
        }
        list_ = new bytes32[](n);
        for (uint256 i = 0; i < n; ++i) list_[i] = words[i];
    }
}
