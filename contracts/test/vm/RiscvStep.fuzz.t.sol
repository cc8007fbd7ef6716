// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MerkleMemory} from "../../src/libraries/MerkleMemory.sol";
import {StateAccess} from "../../src/vm/StateAccess.sol";
import {StepHarness} from "../base/StepHarness.sol";
import {WitnessBuilder} from "../base/WitnessBuilder.sol";

/// @notice The step is total: with its one right witness every state has a next state, and no other witness passes.
contract RiscvStep_Fuzz_Test is WitnessBuilder {
    uint8[12] private OPCODES = [0x03, 0x0f, 0x13, 0x17, 0x23, 0x33, 0x37, 0x63, 0x67, 0x6f, 0x73, 0x53];

    StepHarness private _harness;

    function setUp() external {
        _harness = new StepHarness();
    }

    /// @dev Any word at all: most of them are illegal.
    /// forge-config: default.fuzz.runs = 1024
    function testFuzz_step_anyWord_hasNextState(uint256 _seed, uint32 _insn) external view {
        checkTotal(_seed, _insn);
    }

    /// @dev Words with an opcode of the table, any bits elsewhere.
    /// forge-config: default.fuzz.runs = 1024
    function testFuzz_step_anyKnownOpcode_hasNextState(uint256 _seed, uint32 _insn) external view {
        checkTotal(_seed, (_insn & 0xffffff80) | OPCODES[_seed % OPCODES.length]);
    }

    /// @dev Loads and stores with small aligned offsets, so that most of them do not trap.
    /// forge-config: default.fuzz.runs = 1024
    function testFuzz_step_anyAccess_hasNextState(uint256 _seed, uint32 _insn) external view {
        uint32 opcode = _seed & 1 == 0 ? 0x03 : 0x23;
        uint32 width = uint32((_seed >> 16) % 3);
        // Cleared: opcode, funct3, and the low two bits of the immediate in either format.
        checkTotal(_seed, (_insn & 0xffcf8e00) | (width << 12) | opcode);
    }

    /// @dev Every pc: fetched only if aligned and below CODE_END; a halted state stays.
    function testFuzz_step_anyPc_isTrappedOrFetched(uint32 _pc, uint8 _mode) external view {
        Prestate memory state = prestate(0x00000013, 1024);
        // Modes: anywhere, near CODE_END, the halted range.
        if (_mode % 3 == 1) _pc = 1012 + _pc % 24;
        if (_mode % 3 == 2) _pc = 0xffffff00 | (_pc & 0xff);
        state.registers[0] = _pc;
        putWord(state.codeBlock, _pc & ~uint32(3), 0x00000013);
        bool isFetched = _pc % 4 == 0 && _pc < 1024;
        bytes memory witness = isFetched ? codeWitness(state) : stateWitness(state);
        bytes32 prestateHash = hashOf(state);
        bytes32 codeRoot = isFetched ? codeRootOf(state) : bytes32(0);
        bytes32 actual = _harness.step(prestateHash, witness, 1024, codeRoot);
        if (_pc < 0xffffff00) {
            state.registers[0] = isFetched ? _pc + 4 : _pc % 4 != 0 ? 0xffffff10 : 0xffffff11;
        }
        assertEq(actual, hashOf(state));
    }

    /// @dev One changed bit anywhere in any witness is refused.
    function testFuzz_step_changedBit_reverts(uint256 _seed, uint32 _insn, uint256 _bit) external {
        Prestate memory state = randomPrestate(_seed, (_insn & 0xffffff80) | OPCODES[_seed % OPCODES.length]);
        bytes memory witness = needsData(state) ? dataWitness(state) : codeWitness(state);
        (bytes32 prestateHash, bytes32 codeRoot) = (hashOf(state), codeRootOf(state));
        _harness.step(prestateHash, witness, state.codeEnd, codeRoot);
        _bit %= witness.length * 8;
        witness[_bit / 8] ^= bytes1(uint8(1 << (_bit % 8)));
        vm.expectRevert();
        _harness.step(prestateHash, witness, state.codeEnd, codeRoot);
    }

    /// @dev Another prestate, code root or code bound is refused: nothing of the call is taken on trust.
    function testFuzz_step_wrongArguments_revert(uint256 _seed, bytes32 _other) external {
        Prestate memory state = randomPrestate(_seed, 0x00000013);
        (bytes32 prestateHash, bytes32 codeRoot) = (hashOf(state), codeRootOf(state));
        bytes memory witness = codeWitness(state);
        vm.assume(_other != prestateHash && _other != codeRoot);
        vm.expectRevert(abi.encodeWithSelector(StateAccess.PrestateMismatch.selector, _other, prestateHash));
        _harness.step(_other, witness, state.codeEnd, codeRoot);
        vm.expectRevert(abi.encodeWithSelector(MerkleMemory.RootMismatch.selector, _other, codeRoot));
        _harness.step(prestateHash, witness, state.codeEnd, _other);
        vm.expectRevert(
            abi.encodeWithSelector(StateAccess.WitnessLengthMismatch.selector, witness.length + 32, witness.length)
        );
        _harness.step(prestateHash, witness, 2 * state.codeEnd, codeRoot);
    }

    /// @dev Exactly one of the three lengths is right, and which one the rules of spec/07-encodings §1 say.
    function checkTotal(uint256 _seed, uint32 _insn) private view {
        Prestate memory state = randomPrestate(_seed, _insn);
        bool hasData = needsData(state);
        assertFalse(accepts(state, stateWitness(state)), "state alone");
        assertEq(accepts(state, codeWitness(state)), !hasData, "code alone");
        assertEq(accepts(state, dataWitness(state)), hasData, "code and data");
    }

    function accepts(Prestate memory _state, bytes memory _witness) private view returns (bool isAccepted_) {
        try _harness.step(hashOf(_state), _witness, _state.codeEnd, codeRootOf(_state)) {
            return true;
        } catch (bytes memory reason) {
            // A wrong length is the only reason that may occur here; a panic would be a hole.
            assertEq(bytes32(bytes4(reason)), bytes32(StateAccess.WitnessLengthMismatch.selector));
        }
    }

    /// @dev A load or a store that does not trap, decided from the manual's fields.
    function needsData(Prestate memory _state) private pure returns (bool needsData_) {
        uint32 insn = wordOf(_state);
        uint32 kind = (insn >> 12) & 7;
        bool isStore = insn & 0x7f == 0x23;
        if (insn & 0x7f != 0x03 && !isStore) return false;
        if (isStore ? kind > 2 : kind == 3 || kind > 5) return false;
        uint32 width = kind % 4 == 0 ? 1 : kind % 4 == 1 ? 2 : 4;
        if (_state.dataAddress % width != 0) return false;
        return !isStore || _state.dataAddress >= _state.codeEnd;
    }

    function wordOf(Prestate memory _state) private pure returns (uint32 insn_) {
        uint256 offset = _state.registers[0] % 128;
        for (uint256 i = 4; i > 0; --i) {
            insn_ = (insn_ << 8) | uint8(_state.codeBlock[offset + i - 1]);
        }
    }

    /// @dev Random registers, a random pc in a code region of random size, and the memory block that the word would touch.
    function randomPrestate(uint256 _seed, uint32 _insn) private pure returns (Prestate memory state_) {
        uint32 codeEnd = uint32(128 << (_seed >> 8) % 12);
        state_ = prestate(_insn, codeEnd);
        for (uint256 i = 1; i < 32; ++i) {
            uint256 random = uint256(keccak256(abi.encode(_seed, "register", i)));
            // Half of the registers are near a bound.
            uint32[4] memory edges = [uint32(0), 0x7ffffffe, 0xfffffffe, codeEnd - 2];
            state_.registers[i] =
                random & 1 == 0 ? uint32(random >> 8) : edges[(random >> 1) % 4] + uint32(random >> 8) % 2;
        }
        state_.registers[17] = _seed & 2 == 0 ? 93 : state_.registers[17];
        state_.registers[0] = uint32(uint256(keccak256(abi.encode(_seed, "pc"))) % codeEnd) & ~uint32(3);
        putWord(state_.codeBlock, state_.registers[0], _insn);
        uint32 base = (_insn >> 15) % 32 == 0 ? 0 : state_.registers[(_insn >> 15) % 32];
        int32 immediate = int32(_insn) >> 20;
        if (_insn & 0x7f == 0x23) immediate = (immediate & ~int32(31)) | int32((_insn >> 7) % 32);
        unchecked {
            state_.dataAddress = base + uint32(immediate);
        }
    }
}
