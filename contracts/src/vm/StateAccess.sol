// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MerkleMemory} from "../libraries/MerkleMemory.sol";
import {codeHeightOf} from "../types/Machine.sol";

/// @notice A state while one instruction runs on it. The first five words are the 160 bytes of the state hash.
/// @dev
/// | word | content                                                            |
/// | ---- | ------------------------------------------------------------------ |
/// | 0    | pc, x1 … x7, 32 bits each, pc in the highest                       |
/// | 1    | x8 … x15                                                           |
/// | 2    | x16 … x23                                                          |
/// | 3    | x24 … x31                                                          |
/// | 4    | memory root (height 25)                                            |
/// | 5    | bytes of the witness used so far; not hashed                       |
struct MachineState {
    bytes32 registers0;
    bytes32 registers1;
    bytes32 registers2;
    bytes32 registers3;
    bytes32 memoryRoot;
    uint256 cursor;
}

/// @title Access of one step to the machine's state, by witness
/// @notice Registers live in memory; code and data blocks are read from the witness in the order in which the
/// instruction needs them, and each is proven before it is used (spec/07-encodings §1).
library StateAccess {
    /// @notice Bytes of the registers and the memory root.
    uint256 internal constant STATE_BYTES = 160;

    /// @notice The revealed prestate is not the one that was claimed.
    /// @param expected Hash of the claimed state.
    /// @param actual Hash of the first 160 bytes of the witness.
    error PrestateMismatch(bytes32 expected, bytes32 actual);

    /// @notice The witness is shorter or longer than its own content asks for.
    /// @param expectedBytes Bytes needed, as far as the step got.
    /// @param actualBytes Bytes given.
    error WitnessLengthMismatch(uint256 expectedBytes, uint256 actualBytes);

    /// @notice Reads registers and memory root from the start of the witness and checks them against the claimed hash.
    function open(bytes32 _prestateHash, bytes calldata _witness) internal pure returns (MachineState memory state_) {
        state_ = read(_witness);
        bytes32 actual = hash(state_);
        if (actual != _prestateHash) revert PrestateMismatch(_prestateHash, actual);
    }

    /// @notice Reads registers and memory root from the start of the witness.
    function read(bytes calldata _witness) internal pure returns (MachineState memory state_) {
        uint256 offset = take(state_, _witness, STATE_BYTES);
        assembly ("memory-safe") {
            calldatacopy(state_, offset, STATE_BYTES)
        }
    }

    /// @notice Reverts if bytes of the witness are left over.
    function close(MachineState memory _state, bytes calldata _witness) internal pure {
        if (_state.cursor != _witness.length) revert WitnessLengthMismatch(_state.cursor, _witness.length);
    }

    /// @notice The state hash (spec/04-machine §1).
    function hash(MachineState memory _state) internal pure returns (bytes32 stateHash_) {
        assembly ("memory-safe") {
            stateHash_ := keccak256(_state, STATE_BYTES)
        }
    }

    function readPc(MachineState memory _state) internal pure returns (uint32 pc_) {
        pc_ = uint32(uint256(_state.registers0) >> 224);
    }

    function writePc(MachineState memory _state, uint32 _pc) internal pure {
        writeSlot(_state, 0, _pc);
    }

    /// @notice Register `_index` (0 to 31); x0 reads as 0.
    function readRegister(MachineState memory _state, uint32 _index) internal pure returns (uint32 value_) {
        if (_index == 0) return 0;
        assembly ("memory-safe") {
            value_ := shr(224, mload(add(_state, shl(2, _index))))
        }
    }

    /// @notice Sets register `_index` (0 to 31); writes to x0 are dropped.
    function writeRegister(MachineState memory _state, uint32 _index, uint32 _value) internal pure {
        if (_index != 0) writeSlot(_state, _index, _value);
    }

    /// @notice The instruction at `_pc`, a multiple of 4 below `_codeEnd`, proven against the code root.
    function fetch(
        MachineState memory _state,
        bytes calldata _witness,
        uint32 _pc,
        uint32 _codeEnd,
        bytes32 _codeRoot
    ) internal pure returns (uint32 instruction_) {
        instruction_ = takeWord(_state, _witness, _codeRoot, codeHeightOf(_codeEnd), _pc);
    }

    /// @notice The zero-extended little-endian value of `_numBytes` (1, 2, 4) bytes at `_address`, a multiple of
    /// `_numBytes`, proven against the memory root.
    function load(MachineState memory _state, bytes calldata _witness, uint32 _address, uint32 _numBytes)
        internal
        pure
        returns (uint32 value_)
    {
        uint32 word = takeWord(_state, _witness, _state.memoryRoot, MerkleMemory.MEMORY_HEIGHT, _address);
        unchecked {
            value_ = (word >> (8 * (_address & 3))) & valueMask(_numBytes);
        }
    }

    /// @notice Stores the low `_numBytes` (1, 2, 4) bytes of `_value`, little-endian, at `_address`, a multiple of
    /// `_numBytes`. The old block is proven against the memory root, which is then updated along the same siblings.
    function store(
        MachineState memory _state,
        bytes calldata _witness,
        uint32 _address,
        uint32 _numBytes,
        uint32 _value
    ) internal pure {
        uint256 offset = take(_state, _witness, MerkleMemory.BLOCK_BYTES);
        bytes32[] calldata siblings = takeSiblings(_state, _witness, MerkleMemory.MEMORY_HEIGHT);
        bytes memory data = blockAt(offset);
        bytes32 oldLeaf = keccak256(data);
        assembly ("memory-safe") {
            // INVARIANT: an aligned value lies inside its block, so these bytes do too.
            let at := add(add(data, 0x20), and(_address, 0x7f))
            for { let i := 0 } lt(i, _numBytes) { i := add(i, 1) } { mstore8(add(at, i), shr(shl(3, i), _value)) }
        }
        _state.memoryRoot = MerkleMemory.replace(
            _state.memoryRoot, oldLeaf, keccak256(data), _address >> 7, MerkleMemory.MEMORY_HEIGHT, siblings
        );
    }

    /// @notice The aligned word around `_address`, from the next block of the witness and the siblings that prove it at
    /// block `_address / 128` of the tree with this root and height.
    function takeWord(
        MachineState memory _state,
        bytes calldata _witness,
        bytes32 _root,
        uint256 _height,
        uint32 _address
    ) internal pure returns (uint32 word_) {
        uint256 offset = take(_state, _witness, MerkleMemory.BLOCK_BYTES);
        bytes32[] calldata siblings = takeSiblings(_state, _witness, _height);
        MerkleMemory.checkProof(_root, keccak256(blockAt(offset)), _address >> 7, _height, siblings);
        assembly ("memory-safe") {
            word_ := shr(224, calldataload(add(offset, and(_address, 0x7c))))
        }
        word_ = MerkleMemory.byteSwap32(word_);
    }

    /// @notice The next `_height` sibling hashes of the witness.
    function takeSiblings(MachineState memory _state, bytes calldata _witness, uint256 _height)
        internal
        pure
        returns (bytes32[] calldata siblings_)
    {
        uint256 offset = take(_state, _witness, _height * 32);
        assembly ("memory-safe") {
            siblings_.offset := offset
            siblings_.length := _height
        }
    }

    /// @notice The next hash of the witness.
    function takeHash(MachineState memory _state, bytes calldata _witness) internal pure returns (bytes32 hash_) {
        uint256 offset = take(_state, _witness, 32);
        assembly ("memory-safe") {
            hash_ := calldataload(offset)
        }
    }

    /// @dev Moves on by `_numBytes` of the witness; returns where they start in calldata.
    function take(MachineState memory _state, bytes calldata _witness, uint256 _numBytes)
        private
        pure
        returns (uint256 offset_)
    {
        uint256 start = _state.cursor;
        uint256 end = start + _numBytes;
        if (end > _witness.length) revert WitnessLengthMismatch(end, _witness.length);
        _state.cursor = end;
        assembly ("memory-safe") {
            offset_ := add(_witness.offset, start)
        }
    }

    /// @dev A copy of the block at a place in calldata.
    function blockAt(uint256 _offset) private pure returns (bytes memory data_) {
        data_ = new bytes(MerkleMemory.BLOCK_BYTES);
        assembly ("memory-safe") {
            calldatacopy(add(data_, 0x20), _offset, 0x80)
        }
    }

    /// @dev Low 8 · `_numBytes` bits.
    function valueMask(uint32 _numBytes) private pure returns (uint32 mask_) {
        unchecked {
            mask_ = uint32((uint256(1) << (8 * _numBytes)) - 1);
        }
    }

    /// @dev Overwrites 32 bits of the register words and keeps their neighbours.
    function writeSlot(MachineState memory _state, uint32 _index, uint32 _value) private pure {
        assembly ("memory-safe") {
            let at := add(_state, shl(2, _index))
            mstore(at, or(shl(224, _value), shr(32, shl(32, mload(at)))))
        }
    }
}
