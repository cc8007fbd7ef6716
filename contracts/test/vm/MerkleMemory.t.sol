// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MerkleMemory} from "../../src/libraries/MerkleMemory.sol";
import {MerkleHarness} from "../base/MerkleHarness.sol";
import {SparseTree} from "../base/SparseTree.sol";
import {Test} from "../base/Test.sol";

/// @notice Trees and slots against plain Solidity.
contract MerkleMemory_Test is Test {
    using SparseTree for SparseTree.Tree;

    MerkleHarness private _merkle;
    SparseTree.Tree private _tree;

    function setUp() external {
        _merkle = new MerkleHarness();
    }

    function test_zeroHash_everyHeight_isIterated() external view {
        for (uint256 height = 0; height <= 25; ++height) {
            assertEq(_merkle.zeroHash(height), SparseTree.zero(height));
        }
    }

    function testFuzz_checkProof_anyBlock_isAccepted(uint32[4] calldata _addresses, bytes32 _word, uint8 _which)
        external
    {
        for (uint256 i = 0; i < 4; ++i) {
            _tree.write(_addresses[i] & ~uint32(127), abi.encode(_word, i));
        }
        uint256 position = _addresses[_which % 4] / 128;
        bytes32[] memory siblings = _tree.proof(0, position, 25);
        _merkle.checkProof(_tree.node(25, 0), _tree.node(0, position), position, 25, siblings);
    }

    function testFuzz_replace_thenProve_agrees(
        uint32 _address,
        uint32 _other,
        bytes32 _old,
        bytes32 _new,
        uint8 _height
    ) external {
        uint256 height = _height % 26;
        uint256 position = (_address / 128) >> height;
        _tree.write(_address & ~uint32(127), abi.encode(_old));
        _tree.write(_other & ~uint32(127), abi.encode(_old, _other));
        bytes32[] memory siblings = _tree.proof(height, position, 25);
        (bytes32 oldRoot, bytes32 oldNode) = (_tree.node(25, 0), _tree.node(height, position));
        _tree.write(_address & ~uint32(127), abi.encode(_new));
        bytes32 newNode = _tree.node(height, position);
        assertEq(_merkle.replace(oldRoot, oldNode, newNode, position, 25 - height, siblings), _tree.node(25, 0));
    }

    function test_replace_wrongOldNode_reverts() external {
        bytes32[] memory siblings = new bytes32[](2);
        bytes32 root = _merkle.rootFrom("old", 1, siblings);
        bytes32 other = _merkle.rootFrom("other", 1, siblings);
        vm.expectRevert(abi.encodeWithSelector(MerkleMemory.RootMismatch.selector, root, other));
        _merkle.replace(root, "other", "new", 1, 2, siblings);
    }

    function test_audit_callerDepth_proofOfAnotherLength_reverts() external {
        bytes32[] memory siblings = new bytes32[](3);
        bytes32 root = _merkle.rootFrom("node", 0, siblings);
        vm.expectRevert(abi.encodeWithSelector(MerkleMemory.ProofLengthMismatch.selector, 2, 3));
        _merkle.checkProof(root, "node", 0, 2, siblings);
        vm.expectRevert(abi.encodeWithSelector(MerkleMemory.ProofLengthMismatch.selector, 4, 3));
        _merkle.checkProof(root, "node", 0, 4, siblings);
    }

    function test_checkProof_positionBeyondTree_reverts() external {
        bytes32[] memory siblings = new bytes32[](3);
        bytes32 root = _merkle.rootFrom("node", 5, siblings);
        _merkle.checkProof(root, "node", 5, 3, siblings);
        vm.expectRevert(abi.encodeWithSelector(MerkleMemory.PositionOutOfRange.selector, 13, 3));
        _merkle.checkProof(root, "node", 13, 3, siblings);
    }

    function testFuzz_lift_equalsWiderTree(bytes calldata _data, uint8 _from, uint8 _to) external {
        uint256 from = _from % 10;
        uint256 to = from + _to % 16;
        for (uint256 i = 0; i < _data.length && i < (128 << from); i += 128) {
            uint256 end = i + 128 < _data.length ? i + 128 : _data.length;
            _tree.write(i, _data[i:end]);
        }
        assertEq(_merkle.lift(_tree.node(from, 0), from, to), _tree.node(to, 0));
    }

    function testFuzz_rootOfDescendants_equalsPairwise(bytes32[16] calldata _nodes, uint8 _depth) external view {
        uint256 depth = _depth % 5;
        bytes32[] memory nodes = new bytes32[](1 << depth);
        for (uint256 i = 0; i < nodes.length; ++i) {
            nodes[i] = _nodes[i];
        }
        bytes32 actual = _merkle.rootOfDescendants(nodes);
        for (uint256 size = nodes.length / 2; size > 0; size /= 2) {
            for (uint256 i = 0; i < size; ++i) {
                nodes[i] = keccak256(abi.encodePacked(nodes[2 * i], nodes[2 * i + 1]));
            }
        }
        assertEq(actual, nodes[0]);
    }

    function test_rootOfDescendants_noPowerOfTwo_reverts() external {
        uint256[4] memory sizes = [uint256(0), 3, 6, 15];
        for (uint256 i = 0; i < 4; ++i) {
            vm.expectRevert(abi.encodeWithSelector(MerkleMemory.OpeningSizeInvalid.selector, sizes[i]));
            _merkle.rootOfDescendants(new bytes32[](sizes[i]));
        }
    }

    /// @dev The slot written out block by block into a tree of its height.
    function testFuzz_slotRoot_equalsTree(bytes calldata _content, uint8 _height) external {
        uint256 height = _height % 24;
        uint256 capacity = (128 << height) - 4;
        uint256 size = _content.length < capacity ? _content.length : capacity;
        bytes memory slot = abi.encodePacked(littleEndian(uint32(size)), _content[:size]);
        for (uint256 i = 0; i < slot.length; ++i) {
            if (slot[i] != 0) _tree.write(i, abi.encodePacked(slot[i]));
        }
        assertEq(_merkle.slotRoot(_content[:size], height), _tree.node(height, 0));
    }

    function test_slotRoot_sizesAroundBlocks_equalTree() external {
        // 4 bytes of length: 124, 252, 380, 508 bytes fill one to four blocks.
        uint16[12] memory sizes = [0, 1, 123, 124, 125, 252, 253, 380, 381, 508, 509, 1020];
        for (uint256 i = 0; i < sizes.length; ++i) {
            bytes memory content = new bytes(sizes[i]);
            for (uint256 j = 0; j < content.length; ++j) {
                content[j] = bytes1(uint8(j + 1));
            }
            delete _tree;
            bytes memory slot = abi.encodePacked(littleEndian(sizes[i]), content);
            for (uint256 j = 0; j < slot.length; ++j) {
                if (j % 128 == 0) _tree.write(j, slice(slot, j));
            }
            assertEq(_merkle.slotRoot(content, 3), _tree.node(3, 0), vm.toString(uint256(sizes[i])));
        }
    }

    /// @notice Audit list: data silently truncated.
    function test_slotRoot_contentTooLong_reverts() external {
        bytes memory content = new bytes(253);
        vm.expectRevert(abi.encodeWithSelector(MerkleMemory.SlotOverflow.selector, 253, 252));
        _merkle.slotRoot(content, 1);
    }

    function test_audit_callerDepth_slotHeight_isBounded() external {
        vm.expectRevert(abi.encodeWithSelector(MerkleMemory.SlotHeightInvalid.selector, 24));
        _merkle.slotRoot("", 24);
    }

    /// @dev The scratch memory that a slot uses may hold anything before.
    function test_slotRoot_dirtyMemory_isNotRead() external view {
        bytes32 clean = _merkle.slotRoot(hex"01", 2);
        assertEq(this.slotRootHere(hex"01", 2), clean);
    }

    function slotRootHere(bytes calldata _content, uint256 _height) external pure returns (bytes32 root_) {
        bytes memory dirt = abi.encodePacked(type(uint256).max, type(uint256).max, type(uint256).max, type(uint256).max);
        dirt = abi.encodePacked(dirt, dirt, dirt, dirt);
        assembly ("memory-safe") {
            // Free it all again: the slot is built over these bytes.
            mstore(0x40, 0x80)
        }
        return MerkleMemory.slotRoot(_content, _height);
    }

    function littleEndian(uint32 _word) private pure returns (bytes memory bytes_) {
        return abi.encodePacked(uint8(_word), uint8(_word >> 8), uint8(_word >> 16), uint8(_word >> 24));
    }

    function slice(bytes memory _data, uint256 _start) private pure returns (bytes memory part_) {
        uint256 size = _data.length - _start < 128 ? _data.length - _start : 128;
        part_ = new bytes(size);
        for (uint256 i = 0; i < size; ++i) {
            part_[i] = _data[_start + i];
        }
    }
}
