// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MerkleMemory} from "../../src/libraries/MerkleMemory.sol";
import {FAILED, MachineModel} from "../../src/types/Machine.sol";
import {MachineTransition} from "../../src/vm/MachineTransition.sol";
import {StateAccess} from "../../src/vm/StateAccess.sol";
import {EchoMachine} from "../base/EchoMachine.sol";
import {SparseTree} from "../base/SparseTree.sol";

contract MachineTransition_Test is EchoMachine {
    using SparseTree for SparseTree.Tree;

    MachineTransition private _transition;

    function setUp() external {
        _transition = new MachineTransition();
        writeEchoImage();
    }

    /// @notice A whole run, instruction by instruction: input slot, initial state, eight steps, result, slot root.
    function test_step_wholeProgram_answersWithItsInput() external {
        MachineModel memory model = echoModel();
        bytes memory content = hex"01020304";
        bytes32 stateHash = _transition.initialStateHash(model, _transition.slotRoot(content, 3), inputSiblings());
        memory_.write(INPUT, hex"0400000001020304");
        uint32[32] memory r;
        r[0] = ENTRY;
        assertEq(stateHash, hashState(r, memory_.node(25, 0)), "initial state");

        stateHash = _transition.step(model.codeRoot, model.codeEnd, stateHash, echoWitness(r, 0)); // lui x5
        (r[0], r[5]) = (ENTRY + 4, INPUT);
        stateHash = _transition.step(model.codeRoot, model.codeEnd, stateHash, echoWitness(r, 0)); // lui x6
        (r[0], r[6]) = (ENTRY + 8, OUTPUT);
        stateHash = _transition.step(model.codeRoot, model.codeEnd, stateHash, echoWitness(r, INPUT)); // lw x7
        (r[0], r[7]) = (ENTRY + 12, 4);
        stateHash = _transition.step(model.codeRoot, model.codeEnd, stateHash, echoWitness(r, OUTPUT)); // sw x7
        r[0] = ENTRY + 16;
        memory_.write(OUTPUT, hex"04000000");
        stateHash = _transition.step(model.codeRoot, model.codeEnd, stateHash, echoWitness(r, INPUT)); // lw x7
        (r[0], r[7]) = (ENTRY + 20, 0x04030201);
        stateHash = _transition.step(model.codeRoot, model.codeEnd, stateHash, echoWitness(r, OUTPUT)); // sw x7
        r[0] = ENTRY + 24;
        memory_.write(OUTPUT + 4, hex"01020304");
        stateHash = _transition.step(model.codeRoot, model.codeEnd, stateHash, echoWitness(r, 0)); // addi x17
        (r[0], r[17]) = (ENTRY + 28, 93);
        stateHash = _transition.step(model.codeRoot, model.codeEnd, stateHash, echoWitness(r, 0)); // ecall
        r[0] = 0xffffff00;
        assertEq(stateHash, hashState(r, memory_.node(25, 0)), "final state");
        bytes memory halted = abi.encodePacked(packRegisters(r), memory_.node(25, 0));
        assertEq(_transition.step(model.codeRoot, model.codeEnd, stateHash, halted), stateHash, "a halted state steps to itself");

        (bytes32 finalHash, bytes32 result) = _transition.resultOf(model, finalStateProof(r));
        assertEq(finalHash, stateHash, "hash of the final state");
        assertEq(result, _transition.slotRoot(content, 2), "result");
    }

    function test_initialStateHash_inputSlotNotEmpty_reverts() external {
        image_.write(INPUT + 512, hex"01");
        MachineModel memory model = echoModel();
        bytes32[] memory siblings = inputSiblings();
        vm.expectPartialRevert(MerkleMemory.RootMismatch.selector);
        _transition.initialStateHash(model, "root", siblings);
    }

    function test_initialStateHash_otherNumberOfSiblings_reverts() external {
        MachineModel memory model = echoModel();
        bytes32[] memory siblings = image_.proof(4, (INPUT / 128) >> 4, 25);
        vm.expectRevert(abi.encodeWithSelector(MerkleMemory.ProofLengthMismatch.selector, 22, 21));
        _transition.initialStateHash(model, "root", siblings);
    }

    function testFuzz_audit_inputRegion_anyRootReplacesTheSlot(bytes32 _inputRoot) external view {
        MachineModel memory model = echoModel();
        bytes32[] memory siblings = inputSiblings();
        uint32[32] memory r;
        r[0] = ENTRY;
        bytes32 memoryRoot = climb(_inputRoot, (INPUT / 128) >> 3, siblings);
        assertEq(_transition.initialStateHash(model, _inputRoot, siblings), hashState(r, memoryRoot));
    }

    /// @dev Every halted pc but exit, and every pc that runs on: FAILED, with registers and root alone.
    function testFuzz_resultOf_notExited_isFailed(uint32 _pc, bool _isHalted, uint32 _a0) external view {
        if (_isHalted) _pc |= 0xffffff00;
        vm.assume(_pc != 0xffffff00 || _a0 != 0);
        uint32[32] memory r;
        (r[0], r[10]) = (_pc, _a0);
        bytes memory proof = abi.encodePacked(packRegisters(r), memory_.node(25, 0));
        (bytes32 stateHash, bytes32 result) = _transition.resultOf(echoModel(), proof);
        assertEq(stateHash, hashState(r, memory_.node(25, 0)));
        assertEq(result, FAILED);
    }

    /// @dev The slot of height 2 holds 508 bytes beside its length word.
    function test_resultOf_lengthAtCapacity_isSlotRoot() external {
        memory_.write(OUTPUT, hex"fc010000");
        (, bytes32 result) = _transition.resultOf(echoModel(), finalStateProof(exited()));
        assertEq(result, memory_.node(2, (OUTPUT / 128) >> 2));
    }

    /// @notice Audit list: an impossible length is no result.
    function test_audit_truncatedLength_beyondSlot_isFailed() external {
        MachineModel memory model = echoModel();
        memory_.write(OUTPUT, hex"fd010000");
        (, bytes32 result) = _transition.resultOf(model, finalStateProof(exited()));
        assertEq(result, FAILED);
        memory_.write(OUTPUT, hex"ffffffff");
        (, result) = _transition.resultOf(model, finalStateProof(exited()));
        assertEq(result, FAILED);
    }

    /// @notice Audit list: output not bound to the final root.
    function test_audit_outputBinding_anyChangedByte_isAnotherStateOrReverts() external {
        MachineModel memory model = echoModel();
        memory_.write(OUTPUT, hex"0400000001020304");
        bytes memory proof = finalStateProof(exited());
        (bytes32 stateHash,) = _transition.resultOf(model, proof);
        for (uint256 i = 0; i < proof.length; ++i) {
            proof[i] ^= 0x10;
            try _transition.resultOf(model, proof) returns (bytes32 otherHash, bytes32) {
                assertTrue(i < 128, "only registers may change");
                assertNotEq(otherHash, stateHash);
            } catch {}
            proof[i] ^= 0x10;
        }
    }

    function test_resultOf_otherLength_reverts() external {
        MachineModel memory model = echoModel();
        bytes memory proof = finalStateProof(exited());
        for (uint256 length = 0; length < proof.length; ++length) {
            bytes memory shorter = bytes.concat(proof);
            assembly ("memory-safe") {
                mstore(shorter, length)
            }
            vm.expectPartialRevert(StateAccess.WitnessLengthMismatch.selector);
            _transition.resultOf(model, shorter);
        }
        vm.expectRevert(
            abi.encodeWithSelector(StateAccess.WitnessLengthMismatch.selector, proof.length, proof.length + 1)
        );
        _transition.resultOf(model, bytes.concat(proof, hex"00"));
    }

    /// @dev A trapped state has no slot in its proof: an extra slot is an error.
    function test_resultOf_failedWithSlot_reverts() external {
        MachineModel memory model = echoModel();
        uint32[32] memory r = exited();
        r[10] = 1;
        bytes memory proof = finalStateProof(r);
        vm.expectRevert(abi.encodeWithSelector(StateAccess.WitnessLengthMismatch.selector, 160, proof.length));
        _transition.resultOf(model, proof);
    }

    /// @dev Another slot of the same memory proves another position.
    function test_resultOf_slotOfOtherAddress_reverts() external {
        MachineModel memory model = echoModel();
        model.outputAddress = OUTPUT + 512;
        memory_.write(OUTPUT, hex"0100000061");
        bytes memory proof = finalStateProof(exited());
        vm.expectPartialRevert(MerkleMemory.RootMismatch.selector);
        _transition.resultOf(model, proof);
    }

    function exited() private pure returns (uint32[32] memory registers_) {
        registers_[0] = 0xffffff00;
        registers_[17] = 93;
    }
}
