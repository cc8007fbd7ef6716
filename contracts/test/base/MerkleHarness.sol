// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MerkleMemory} from "../../src/libraries/MerkleMemory.sol";

/// @notice MerkleMemory behind external calls.
contract MerkleHarness {
    function zeroHash(uint256 _height) external pure returns (bytes32) {
        return MerkleMemory.zeroHash(_height);
    }

    function hashPair(bytes32 _left, bytes32 _right) external pure returns (bytes32) {
        return MerkleMemory.hashPair(_left, _right);
    }

    function rootFrom(bytes32 _node, uint256 _position, bytes32[] calldata _siblings) external pure returns (bytes32) {
        return MerkleMemory.rootFrom(_node, _position, _siblings);
    }

    function checkProof(bytes32 _root, bytes32 _node, uint256 _position, uint256 _height, bytes32[] calldata _siblings)
        external
        pure
    {
        MerkleMemory.checkProof(_root, _node, _position, _height, _siblings);
    }

    function replace(
        bytes32 _root,
        bytes32 _oldNode,
        bytes32 _newNode,
        uint256 _position,
        uint256 _height,
        bytes32[] calldata _siblings
    ) external pure returns (bytes32) {
        return MerkleMemory.replace(_root, _oldNode, _newNode, _position, _height, _siblings);
    }

    function lift(bytes32 _root, uint256 _from, uint256 _to) external pure returns (bytes32) {
        return MerkleMemory.lift(_root, _from, _to);
    }

    function rootOfDescendants(bytes32[] calldata _nodes) external pure returns (bytes32) {
        return MerkleMemory.rootOfDescendants(_nodes);
    }

    function slotRoot(bytes calldata _content, uint256 _height) external pure returns (bytes32) {
        return MerkleMemory.slotRoot(_content, _height);
    }
}
