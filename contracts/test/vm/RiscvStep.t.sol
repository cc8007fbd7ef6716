// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MerkleMemory} from "../../src/libraries/MerkleMemory.sol";
import {StateAccess} from "../../src/vm/StateAccess.sol";
import {StepHarness} from "../base/StepHarness.sol";
import {WitnessBuilder} from "../base/WitnessBuilder.sol";

/// @notice Single instructions with states worked by hand, and the reasons for which witnesses are refused.
contract RiscvStep_Test is WitnessBuilder {
    uint32 private constant CODE_END = 512;

    StepHarness private _harness;

    function setUp() external {
        _harness = new StepHarness();
    }

    /// @dev Runs `_insn` at pc 0 without data and compares pc and one register.
    function check(uint32 _insn, uint32 _x, uint32 _y, uint32 _rd, uint32 _pc) private view {
        Prestate memory state = prestate(_insn, CODE_END);
        (state.registers[5], state.registers[6], state.registers[7]) = (_x, _y, 0xaaaaaaaa);
        bytes32 actual = _harness.step(hashOf(state), codeWitness(state), CODE_END, codeRootOf(state));
        (state.registers[0], state.registers[7]) = (_pc, _rd);
        assertEq(actual, hashOf(state));
    }

    /// @notice Audit list: add overflow.
    function test_audit_addOverflow_wraps() external view {
        check(0x006283b3, 0xffffffff, 2, 1, 4);
        check(0x406283b3, 0, 1, 0xffffffff, 4); // sub
        check(0xfff28393, 0x80000000, 0, 0x7fffffff, 4); // addi −1
    }

    function test_step_mulhsu_mixesSigns() external view {
        // −1 · (2³² − 1) = −2³² + 1, upper word −1
        check(0x0262a3b3, 0xffffffff, 0xffffffff, 0xffffffff, 4);
    }

    function test_step_div_minimumByMinusOne_wraps() external view {
        check(0x0262c3b3, 0x80000000, 0xffffffff, 0x80000000, 4);
    }

    function test_step_rem_byZero_isDividend() external view {
        check(0x0262e3b3, 0x80000001, 0, 0x80000001, 4);
    }

    /// @notice Audit list: wrong shift amount.
    function test_audit_shiftAmount_usesLowFiveBits() external view {
        check(0x4062d3b3, 0x80000000, 63, 0xffffffff, 4);
        check(0x4062d3b3, 0x80000000, 32, 0x80000000, 4);
        check(0x006293b3, 1, 33, 2, 4); // sll
        check(0x0062d3b3, 0x80000000, 0xffffffe1, 0x40000000, 4); // srl
    }

    function test_step_jal_misalignedTarget_leavesRd() external view {
        // jal x7, +2: trap, and x7 stays
        check(0x002003ef, 0, 0, 0xaaaaaaaa, 0xffffff10);
    }

    /// @notice Audit list: jump target masking.
    function test_audit_jumpTarget_clearsBitZeroOnly() external view {
        check(0x000283e7, 9, 0, 4, 8);
        check(0x000283e7, 10, 0, 0xaaaaaaaa, 0xffffff10);
    }

    function test_step_branchNotTaken_checksNothing() external view {
        // beq x5, x6, −4: to 2³² − 4 if taken
        check(0xfe628ee3, 1, 2, 0xaaaaaaaa, 4);
        check(0xfe628ee3, 1, 1, 0xaaaaaaaa, 0xffffff11);
    }

    /// @notice Audit list: rd wrongly zero. x0 stands where pc is kept, and is neither read nor written as a register.
    function test_audit_rd_x0IsZeroAndNotPc() external view {
        Prestate memory state = prestate(0x00000013, CODE_END);
        state.registers[0] = 64;
        putWord(state.codeBlock, 64, 0x000003b3); // add x7, x0, x0
        bytes32 actual = _harness.step(hashOf(state), codeWitness(state), CODE_END, codeRootOf(state));
        (state.registers[0], state.registers[7]) = (68, 0);
        assertEq(actual, hashOf(state));

        putWord(state.codeBlock, 68, 0x12345037); // lui x0, 0x12345
        actual = _harness.step(hashOf(state), codeWitness(state), CODE_END, codeRootOf(state));
        state.registers[0] = 72;
        assertEq(actual, hashOf(state));

        putWord(state.codeBlock, 72, 0xff9ff06f); // jal x0, -8
        actual = _harness.step(hashOf(state), codeWitness(state), CODE_END, codeRootOf(state));
        state.registers[0] = 64;
        assertEq(actual, hashOf(state));
    }

    /// @notice Audit list: unknown instructions silently accepted.
    function test_audit_unknownInstruction_traps() external view {
        check(0x00000000, 0, 0, 0xaaaaaaaa, 0xffffff12);
        check(0xffffffff, 0, 0, 0xaaaaaaaa, 0xffffff12);
        check(0x0000100f, 0, 0, 0xaaaaaaaa, 0xffffff12); // fence.i
        check(0x02029393, 0, 0, 0xaaaaaaaa, 0xffffff12); // slli x7, x5, 32
        check(0x00102073, 0, 0, 0xaaaaaaaa, 0xffffff12); // csrr
    }

    /// @notice Audit list: unknown system calls silently accepted.
    function test_audit_unknownCall_traps() external view {
        check(0x00000073, 0, 0, 0xaaaaaaaa, 0xffffff18);
        // With a7 = 92 and 94, the neighbours of exit.
        for (uint32 number = 92; number <= 94; number += 2) {
            Prestate memory state = prestate(0x00000073, CODE_END);
            state.registers[17] = number;
            bytes32 actual = _harness.step(hashOf(state), codeWitness(state), CODE_END, codeRootOf(state));
            state.registers[0] = 0xffffff18;
            assertEq(actual, hashOf(state));
        }
    }

    /// @notice Audit list: unaligned access silently aligned.
    function test_audit_unalignedAccess_traps() external view {
        check(0x0002a383, 0x1001, 0, 0xaaaaaaaa, 0xffffff14);
        check(0x00029383, 0x1001, 0, 0xaaaaaaaa, 0xffffff14);
        check(0x0002a383, 0x1002, 0, 0xaaaaaaaa, 0xffffff14);
        check(0x0002d383, 0x1003, 0, 0xaaaaaaaa, 0xffffff14); // lhu
        check(0x0062a023, 0x1002, 0, 0xaaaaaaaa, 0xffffff16); // sw
        check(0x00629023, 0x1001, 0, 0xaaaaaaaa, 0xffffff16); // sh
    }

    function test_step_storeBelowCodeEnd_traps() external view {
        check(0x0062a023, CODE_END - 4, 0, 0xaaaaaaaa, 0xffffff17);
        // misaligned and below: alignment comes first
        check(0x0062a023, CODE_END - 2, 0, 0xaaaaaaaa, 0xffffff16);
    }

    function test_step_storeAtCodeEnd_updatesRoot() external view {
        Prestate memory state = prestate(0x006290a3, CODE_END); // sh x6, 1(x5)
        state.registers[5] = CODE_END + 125;
        state.registers[6] = 0xdeadbeef;
        state.dataAddress = CODE_END + 126;
        bytes32 actual = _harness.step(hashOf(state), dataWitness(state), CODE_END, codeRootOf(state));
        state.dataBlock[126] = 0xef;
        state.dataBlock[127] = 0xbe;
        state.registers[0] = 4;
        assertEq(actual, hashOf(state));
    }

    function test_step_loadSignExtends() external view {
        Prestate memory state = prestate(0x00028383, CODE_END); // lb x7, 0(x5)
        state.registers[5] = 0xffffffff;
        state.dataAddress = 0xffffffff;
        state.dataBlock[127] = 0x80;
        bytes32 actual = _harness.step(hashOf(state), dataWitness(state), CODE_END, codeRootOf(state));
        (state.registers[0], state.registers[7]) = (4, 0xffffff80);
        assertEq(actual, hashOf(state));
    }

    function test_step_emptyWitness_reverts() external {
        vm.expectRevert(abi.encodeWithSelector(StateAccess.WitnessLengthMismatch.selector, 160, 0));
        _harness.step(0, "", CODE_END, 0);
    }

    function test_step_haltedWithCodeBlock_reverts() external {
        Prestate memory state = prestate(0x00000013, CODE_END);
        state.registers[0] = 0xffffff00;
        bytes memory witness = codeWitness(state);
        bytes32 prestateHash = hashOf(state);
        bytes32 codeRoot = codeRootOf(state);
        vm.expectRevert(abi.encodeWithSelector(StateAccess.WitnessLengthMismatch.selector, 160, witness.length));
        _harness.step(prestateHash, witness, CODE_END, codeRoot);
    }

    function test_step_blockOfOtherAddress_reverts() external {
        // The witness proves a block, but not the one that the address names.
        Prestate memory state = prestate(0x0002a383, CODE_END); // lw x7, 0(x5)
        state.registers[5] = 0x2000;
        state.dataAddress = 0x2080;
        bytes memory witness = dataWitness(state);
        (bytes32 prestateHash, bytes32 codeRoot) = (hashOf(state), codeRootOf(state));
        vm.expectPartialRevert(MerkleMemory.RootMismatch.selector);
        _harness.step(prestateHash, witness, CODE_END, codeRoot);
    }
}
