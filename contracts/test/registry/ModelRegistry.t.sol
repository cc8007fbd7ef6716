// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {MerkleMemory} from "../../src/libraries/MerkleMemory.sol";
import {ModelRegistry} from "../../src/market/ModelRegistry.sol";
import {MachineModel} from "../../src/types/Machine.sol";
import {EchoMachine} from "../base/EchoMachine.sol";
import {SparseTree} from "../base/SparseTree.sol";
import {Vm} from "../base/Vm.sol";
import {Deployer} from "../dispute/Deployer.sol";

contract ModelRegistry_Test is EchoMachine {
    using SparseTree for SparseTree.Tree;

    ModelRegistry private _registry;

    function setUp() external {
        _registry = ModelRegistry(Deployer.registry());
        writeEchoImage();
    }

    function test_register_goodModel_isStored() external {
        MachineModel memory model = echoModel();
        // The id by hand: the tag and ten fields, one word each (spec/03-commitments §4).
        bytes32 id = keccak256(
            bytes.concat(
                abi.encode(keccak256("opml.model.machine.1"), model.imageRoot, model.codeRoot, model.entry),
                abi.encode(model.codeEnd, model.inputAddress, model.inputHeight, model.outputAddress),
                abi.encode(model.outputHeight, model.coarseHeight, model.fineHeight)
            )
        );
        assertFalse(_registry.isRegistered(id));
        vm.expectEmit(address(_registry));
        emit IModelRegistry.ModelRegistered(id, address(this), model);
        assertEq(_registry.register(model, codeSiblings(), inputSiblings()), id);
        assertTrue(_registry.isRegistered(id));
        assertEq(abi.encode(_registry.model(id)), abi.encode(model));
        (bytes32 codeRoot, uint32 codeEnd) = _registry.codeOf(id);
        assertEq(abi.encode(codeRoot, codeEnd), abi.encode(model.codeRoot, model.codeEnd));
    }

    function test_register_twice_isIdempotent() external {
        MachineModel memory model = echoModel();
        bytes32 id = _registry.register(model, codeSiblings(), inputSiblings());
        vm.recordLogs();
        vm.prank(address(0xbeef));
        assertEq(_registry.register(model, codeSiblings(), inputSiblings()), id);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 0);
        assertEq(abi.encode(_registry.model(id)), abi.encode(model));
    }

    function test_model_unknown_reverts() external {
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, bytes32("no")));
        _registry.model("no");
    }

    function testFuzz_register_eachField_changesTheId(uint8 _coarse, uint8 _fine) external {
        MachineModel memory model = echoModel();
        bytes32 id = _registry.register(model, codeSiblings(), inputSiblings());
        model.coarseHeight = uint8(bound(_coarse, 1, 40));
        model.fineHeight = uint8(bound(_fine, 1, 20));
        bytes32 other = _registry.register(model, codeSiblings(), inputSiblings());
        bool isSame = model.coarseHeight == 2 && model.fineHeight == 2;
        assertEq(other == id, isSame);
    }

    function test_register_wrongImageRoot_reverts() external {
        MachineModel memory model = echoModel();
        bytes32 right = model.imageRoot;
        model.imageRoot = "wrong";
        expectRejected(model, abi.encodeWithSelector(MerkleMemory.RootMismatch.selector, bytes32("wrong"), right));
    }

    function test_register_wrongCodeRoot_reverts() external {
        MachineModel memory model = echoModel();
        model.codeRoot = "wrong";
        bytes32 actual = climb("wrong", 0, codeSiblings());
        expectRejected(model, abi.encodeWithSelector(MerkleMemory.RootMismatch.selector, model.imageRoot, actual));
    }

    function test_register_codeRootOfOtherHeight_reverts() external {
        MachineModel memory model = echoModel();
        model.codeRoot = image_.node(3, 0);
        bytes32[] memory shorter = image_.proof(3, 0, 25);
        bytes32[] memory input = inputSiblings();
        vm.expectRevert(abi.encodeWithSelector(MerkleMemory.ProofLengthMismatch.selector, 23, 22));
        _registry.register(model, shorter, input);
    }

    function test_register_codeHeight_isTheLeastThatHolds() external {
        // 384 bytes need four blocks, 512 too, 640 need eight.
        MachineModel memory model = echoModel();
        model.codeEnd = 512;
        _registry.register(model, codeSiblings(), inputSiblings());
        model.codeEnd = 640;
        expectRejected(model, abi.encodeWithSelector(MerkleMemory.ProofLengthMismatch.selector, 22, 23));
        model.codeRoot = image_.node(3, 0);
        _registry.register(model, image_.proof(3, 0, 25), inputSiblings());
        model.codeEnd = 128;
        model.entry = 0;
        model.codeRoot = image_.node(0, 0);
        _registry.register(model, image_.proof(0, 0, 25), inputSiblings());
    }

    function test_register_entryMisaligned_reverts() external {
        MachineModel memory model = echoModel();
        model.entry = ENTRY + 2;
        expectRejected(model, abi.encodeWithSelector(IModelRegistry.EntryInvalid.selector, ENTRY + 2, ECHO_CODE_END));
    }

    function test_register_entryAtCodeEnd_reverts() external {
        MachineModel memory model = echoModel();
        model.entry = ECHO_CODE_END;
        expectRejected(
            model, abi.encodeWithSelector(IModelRegistry.EntryInvalid.selector, ECHO_CODE_END, ECHO_CODE_END)
        );
    }

    function test_register_codeEndZero_reverts() external {
        rejectCodeEnd(0);
    }

    function test_register_codeEndNoMultipleOf128_reverts() external {
        rejectCodeEnd(ECHO_CODE_END + 64);
    }

    function test_register_codeEndAboveMaximum_reverts() external {
        rejectCodeEnd((1 << 30) + 128);
        rejectCodeEnd(0xffffff80);
    }

    function test_register_inputSlotMisaligned_reverts() external {
        MachineModel memory model = echoModel();
        model.inputAddress = INPUT + 512;
        expectRejected(model, abi.encodeWithSelector(IModelRegistry.SlotInvalid.selector, INPUT + 512, 3));
    }

    function test_register_inputSlotBelowCodeEnd_reverts() external {
        MachineModel memory model = echoModel();
        model.inputAddress = 0;
        expectRejected(model, abi.encodeWithSelector(IModelRegistry.SlotInvalid.selector, 0, 3));
    }

    function test_register_inputSlotTooHigh_reverts() external {
        MachineModel memory model = echoModel();
        model.inputHeight = 24;
        expectRejected(model, abi.encodeWithSelector(IModelRegistry.SlotInvalid.selector, INPUT, 24));
        model.inputHeight = 255;
        expectRejected(model, abi.encodeWithSelector(IModelRegistry.SlotInvalid.selector, INPUT, 255));
    }

    /// @notice Audit list: the input region must be arbitrable, so its emptiness in the image is proven.
    function test_register_inputSlotNotEmpty_reverts() external {
        image_.write(INPUT + 1020, hex"01");
        expectRejected(echoModel(), abi.encodePacked(MerkleMemory.RootMismatch.selector));
    }

    function test_register_outputSlotMisaligned_reverts() external {
        MachineModel memory model = echoModel();
        model.outputAddress = OUTPUT + 128;
        expectRejected(model, abi.encodeWithSelector(IModelRegistry.SlotInvalid.selector, OUTPUT + 128, 2));
    }

    function test_register_outputSlotBelowCodeEnd_reverts() external {
        MachineModel memory model = echoModel();
        (model.outputAddress, model.outputHeight) = (ECHO_CODE_END - 128, 0);
        expectRejected(model, abi.encodeWithSelector(IModelRegistry.SlotInvalid.selector, ECHO_CODE_END - 128, 0));
        model.outputAddress = ECHO_CODE_END;
        _registry.register(model, codeSiblings(), inputSiblings());
    }

    function test_register_outputSlotTooHigh_reverts() external {
        MachineModel memory model = echoModel();
        model.outputHeight = 24;
        expectRejected(model, abi.encodeWithSelector(IModelRegistry.SlotInvalid.selector, OUTPUT, 24));
    }

    function test_register_outputSlotAtTheTop_isStored() external {
        MachineModel memory model = echoModel();
        (model.outputAddress, model.outputHeight) = (0xc0000000, 23);
        _registry.register(model, codeSiblings(), inputSiblings());
        (model.outputAddress, model.outputHeight) = (0xffffff80, 0);
        _registry.register(model, codeSiblings(), inputSiblings());
    }

    function test_audit_inputRegion_slotsOverlap_reverts() external {
        // The input slot is the 1024 bytes from INPUT on.
        rejectOverlap(INPUT, 3);
        rejectOverlap(INPUT, 23);
        rejectOverlap(INPUT + 1024 - 128, 0);
        MachineModel memory model = echoModel();
        (model.outputAddress, model.outputHeight) = (INPUT + 1024, 3);
        _registry.register(model, codeSiblings(), inputSiblings());
        (model.outputAddress, model.outputHeight) = (INPUT - 1024, 3);
        _registry.register(model, codeSiblings(), inputSiblings());
    }

    function test_register_coarseHeight_isBounded() external {
        MachineModel memory model = echoModel();
        model.coarseHeight = 0;
        rejectTraceHeight(model, "coarseHeight", 0, 40);
        model.coarseHeight = 41;
        rejectTraceHeight(model, "coarseHeight", 41, 40);
    }

    function test_register_fineHeight_isBounded() external {
        MachineModel memory model = echoModel();
        model.fineHeight = 21;
        rejectTraceHeight(model, "fineHeight", 21, 20);
        // Without a fine tree every leaf is one instruction.
        model.fineHeight = 0;
        bytes32 id = _registry.register(model, codeSiblings(), inputSiblings());
        assertEq(_registry.termsOf(id).fineHeight, 0);
        assertEq(_registry.termsOf(id).rootHeight, model.coarseHeight);
        assertEq(_registry.termsOf(id).words, 0);
        assertFalse(_registry.isProgram(id));
    }

    /// @dev Audit: caller-supplied depth unbounded. Every height that a byte can say, above the greatest one.
    function test_audit_callerDepth_modelHeights_areBounded() external {
        MachineModel memory model = echoModel();
        for (uint256 height = 41; height < 256; ++height) {
            model.coarseHeight = uint8(height);
            rejectTraceHeight(model, "coarseHeight", uint8(height), 40);
        }
        model = echoModel();
        for (uint256 height = 21; height < 256; ++height) {
            model.fineHeight = uint8(height);
            rejectTraceHeight(model, "fineHeight", uint8(height), 20);
        }
        for (uint256 height = 24; height < 256; ++height) {
            model = echoModel();
            model.inputHeight = uint8(height);
            expectRejected(model, abi.encodePacked(IModelRegistry.SlotInvalid.selector));
            model = echoModel();
            model.outputHeight = uint8(height);
            expectRejected(model, abi.encodePacked(IModelRegistry.SlotInvalid.selector));
        }
    }

    function test_register_otherNumberOfInputSiblings_reverts() external {
        bytes32[] memory longer = image_.proof(2, (INPUT / 128) >> 2, 25);
        bytes32[] memory code = codeSiblings();
        MachineModel memory model = echoModel();
        vm.expectRevert(abi.encodeWithSelector(MerkleMemory.ProofLengthMismatch.selector, 22, 23));
        _registry.register(model, code, longer);
    }

    /// @dev Four bytes of `_reason` match any error of that selector.
    function expectRejected(MachineModel memory _model, bytes memory _reason) private {
        bytes32[] memory code = codeSiblings();
        bytes32[] memory input = inputSiblings();
        if (_reason.length == 4) vm.expectPartialRevert(bytes4(_reason));
        else vm.expectRevert(_reason);
        _registry.register(_model, code, input);
    }

    function rejectCodeEnd(uint32 _codeEnd) private {
        MachineModel memory model = echoModel();
        model.codeEnd = _codeEnd;
        expectRejected(model, abi.encodeWithSelector(IModelRegistry.CodeEndInvalid.selector, _codeEnd));
    }

    function rejectOverlap(uint32 _outputAddress, uint8 _outputHeight) private {
        MachineModel memory model = echoModel();
        (model.outputAddress, model.outputHeight) = (_outputAddress, _outputHeight);
        bytes memory reason =
            abi.encodeWithSelector(IModelRegistry.SlotsOverlap.selector, INPUT, 3, _outputAddress, _outputHeight);
        expectRejected(model, reason);
    }

    function rejectTraceHeight(MachineModel memory _model, bytes32 _name, uint8 _height, uint8 _maximum) private {
        expectRejected(
            _model, abi.encodeWithSelector(IModelRegistry.TraceHeightInvalid.selector, _name, _height, _maximum)
        );
    }
}
