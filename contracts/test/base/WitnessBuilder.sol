// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "./Test.sol";

/// @notice Builds states, proofs and witnesses for single steps, without any tree behind them: sibling hashes may be
/// anything, since each list of siblings is right for the one root that it leads to.
abstract contract WitnessBuilder is Test {
    /// @notice A state before a step, with the block that its code root and its memory root prove.
    struct Prestate {
        /// pc, x1 … x31.
        uint32[32] registers;
        uint32 codeEnd;
        /// The block that holds pc; its word at pc is the instruction.
        bytes codeBlock;
        /// The block that a load or store touches.
        bytes dataBlock;
        uint32 dataAddress;
        bytes32[] codeSiblings;
        bytes32[] dataSiblings;
    }

    /// @notice Four bytes a register, big-endian.
    function packRegisters(uint32[32] memory _registers) internal pure returns (bytes memory packed_) {
        for (uint256 i = 0; i < 32; ++i) {
            packed_ = abi.encodePacked(packed_, _registers[i]);
        }
    }

    function hashState(uint32[32] memory _registers, bytes32 _memoryRoot) internal pure returns (bytes32 hash_) {
        return keccak256(abi.encodePacked(packRegisters(_registers), _memoryRoot));
    }

    function climb(bytes32 _node, uint256 _position, bytes32[] memory _siblings) internal pure returns (bytes32 root_) {
        root_ = _node;
        for (uint256 i = 0; i < _siblings.length; ++i) {
            bool isRight = (_position >> i) & 1 == 1;
            root_ = isRight
                ? keccak256(abi.encodePacked(_siblings[i], root_))
                : keccak256(abi.encodePacked(root_, _siblings[i]));
        }
    }

    function randomHashes(uint256 _seed, uint256 _count) internal pure returns (bytes32[] memory hashes_) {
        hashes_ = new bytes32[](_count);
        for (uint256 i = 0; i < _count; ++i) {
            hashes_[i] = keccak256(abi.encode(_seed, i));
        }
    }

    function randomBlock(uint256 _seed) internal pure returns (bytes memory block_) {
        return abi.encodePacked(randomHashes(_seed, 4));
    }

    /// @notice Writes a little-endian word into a block.
    function putWord(bytes memory _block, uint256 _address, uint32 _word) internal pure {
        for (uint256 i = 0; i < 4; ++i) {
            _block[(_address % 128) + i] = bytes1(uint8(_word >> (8 * i)));
        }
    }

    function codeHeight(uint32 _codeEnd) internal pure returns (uint256 height_) {
        uint256 numBlocks = (uint256(_codeEnd) + 127) / 128;
        while (1 << height_ < numBlocks) ++height_;
    }

    function codeRootOf(Prestate memory _state) internal pure returns (bytes32 root_) {
        return climb(keccak256(_state.codeBlock), _state.registers[0] >> 7, _state.codeSiblings);
    }

    function memoryRootOf(Prestate memory _state) internal pure returns (bytes32 root_) {
        return climb(keccak256(_state.dataBlock), _state.dataAddress >> 7, _state.dataSiblings);
    }

    function hashOf(Prestate memory _state) internal pure returns (bytes32 hash_) {
        return hashState(_state.registers, memoryRootOf(_state));
    }

    function stateWitness(Prestate memory _state) internal pure returns (bytes memory witness_) {
        return abi.encodePacked(packRegisters(_state.registers), memoryRootOf(_state));
    }

    function codeWitness(Prestate memory _state) internal pure returns (bytes memory witness_) {
        return abi.encodePacked(stateWitness(_state), _state.codeBlock, _state.codeSiblings);
    }

    function dataWitness(Prestate memory _state) internal pure returns (bytes memory witness_) {
        return abi.encodePacked(codeWitness(_state), _state.dataBlock, _state.dataSiblings);
    }

    /// @notice A state with pc 0, `_instruction` there, one block of code (`codeEnd` as given) and random memory.
    function prestate(uint32 _instruction, uint32 _codeEnd) internal pure returns (Prestate memory state_) {
        state_.codeEnd = _codeEnd;
        state_.codeBlock = randomBlock(1);
        putWord(state_.codeBlock, 0, _instruction);
        state_.dataBlock = randomBlock(2);
        state_.codeSiblings = randomHashes(3, codeHeight(_codeEnd));
        state_.dataSiblings = randomHashes(4, 25);
    }
}
