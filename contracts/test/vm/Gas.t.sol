// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IMachineTransition} from "../../src/interfaces/IMachineTransition.sol";
import {MachineModel} from "../../src/types/Machine.sol";
import {MachineTransition} from "../../src/vm/MachineTransition.sol";
import {SparseTree} from "../base/SparseTree.sol";
import {WitnessBuilder} from "../base/WitnessBuilder.sol";

/// @notice Gas of the referee, with 16 KiB of code and incompressible proofs. Kept in snapshots/.
contract MachineTransition_Gas_Test is WitnessBuilder {
    using SparseTree for SparseTree.Tree;

    uint32 private constant CODE_END = 16384;
    /// @dev spec/06-dispute §10: the step alone, as a transaction.
    uint256 private constant STEP_BUDGET = 110_000;

    MachineTransition private _transition;
    SparseTree.Tree private _memory;

    function setUp() external {
        _transition = new MachineTransition();
    }

    function test_step_gas_isWithinBudget() external {
        measureStep("addi", 0x00128393, 0x3000);
        measureStep("mulhsu", 0x0262a3b3, 0x80000001);
        measureStep("rem", 0x0262e3b3, 0x80000001);
        measureStep("bgeu", 0xfe62fee3, 0xffffffff);
        measureStep("jalr", 0x000283e7, 0x3000);
        measureStep("ecall", 0x00000073, 0x3000);
        measureStep("illegal", 0x00000000, 0x3000);
        measureStep("lw", 0x0002a383, 0xfffffffc);
        measureStep("lb", 0x00028383, 0xffffffff);
        measureStep("lhu", 0x0002d383, 0xfffffffe);
        measureStep("sw", 0x0062a023, 0xfffffffc);
        measureStep("sh", 0x00629023, 0xfffffffe);
        measureStep("sb", 0x00628023, 0xffffffff);
    }

    function test_initialStateHash_gas() external {
        MachineModel memory model = modelOf(_memory.node(25, 0), 0);
        _transition.initialStateHash(model, "input root", _memory.proof(13, (0x40000000 / 128) >> 13, 25));
        vm.snapshotGasLastCall("MachineTransition", "initialStateHash");
    }

    function test_resultOf_gas() external {
        MachineModel memory model = modelOf(0, 0);
        _memory.write(0x80000000, hex"0400000001020304");
        uint32[32] memory r;
        r[0] = 0xffffff00;
        uint256 slot = (0x80000000 / 128) >> 13;
        bytes memory proof = abi.encodePacked(
            packRegisters(r),
            _memory.node(25, 0),
            _memory.node(13, slot),
            _memory.proof(13, slot, 25),
            _memory.blockAt(0x80000000),
            _memory.proof(0, 0x80000000 / 128, 13)
        );
        _transition.resultOf(model, proof);
        vm.snapshotGasLastCall("MachineTransition", "resultOf");
    }

    function test_slotRoot_gas() external {
        _transition.slotRoot(randomBytes(784), 13);
        vm.snapshotGasLastCall("MachineTransition", "slotRoot of 784 bytes, height 13");
        _transition.slotRoot(randomBytes(8192), 13);
        vm.snapshotGasLastCall("MachineTransition", "slotRoot of 8192 bytes, height 13");
    }

    /// @dev Each sibling, block and register is random: calldata with as few zero bytes as there can be.
    function measureStep(string memory _name, uint32 _insn, uint32 _x5) private {
        Prestate memory state = prestate(_insn, CODE_END);
        for (uint256 i = 1; i < 32; ++i) {
            state.registers[i] = uint32(uint256(keccak256(abi.encode(i)))) | 0x01010101;
        }
        state.registers[0] = 0x3ffc;
        putWord(state.codeBlock, 0x3ffc, _insn);
        state.registers[5] = _x5;
        state.dataAddress = _x5;
        bool hasData = _insn & 0x7f == 0x03 || _insn & 0x7f == 0x23;
        bytes memory witness = hasData ? dataWitness(state) : codeWitness(state);
        MachineModel memory model = modelOf(keccak256("image"), codeRootOf(state));
        bytes32 prestateHash = hashOf(state);
        _transition.step(model.codeRoot, model.codeEnd, prestateHash, witness);
        uint256 executedGas = vm.snapshotGasLastCall("RiscvStep", _name);
        bytes memory data = abi.encodeCall(IMachineTransition.step, (model.codeRoot, model.codeEnd, prestateHash, witness));
        uint256 wholeGas = transactionGas(data, executedGas);
        vm.snapshotValue("RiscvStep", string.concat(_name, ", whole transaction"), wholeGas);
        assertLe(wholeGas, STEP_BUDGET, _name);
    }

    /// @dev EIP-7623: calldata costs at least 10 gas a token, a non-zero byte being four tokens; else 4 gas a token
    /// and the execution.
    function transactionGas(bytes memory _data, uint256 _executedGas) private pure returns (uint256 gas_) {
        uint256 tokens = 0;
        for (uint256 i = 0; i < _data.length; ++i) {
            tokens += _data[i] == 0 ? 1 : 4;
        }
        uint256 standard = 4 * tokens + _executedGas;
        return 21_000 + (standard > 10 * tokens ? standard : 10 * tokens);
    }

    function modelOf(bytes32 _imageRoot, bytes32 _codeRoot) private pure returns (MachineModel memory model_) {
        return MachineModel({
            imageRoot: _imageRoot,
            codeRoot: _codeRoot,
            entry: 0,
            codeEnd: CODE_END,
            inputAddress: 0x40000000,
            inputHeight: 13,
            outputAddress: 0x80000000,
            outputHeight: 13,
            coarseHeight: 12,
            fineHeight: 12
        });
    }

    function randomBytes(uint256 _size) private pure returns (bytes memory bytes_) {
        bytes_ = new bytes(_size);
        for (uint256 i = 0; i < _size; ++i) {
            bytes_[i] = bytes1(uint8(uint256(keccak256(abi.encode(i)))));
        }
    }
}
