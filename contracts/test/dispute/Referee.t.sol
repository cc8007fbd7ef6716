// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IReferee} from "../../src/interfaces/IReferee.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {MachineModel} from "../../src/types/Machine.sol";
import {ProgramRecord} from "../../src/types/Program.sol";
import {MerkleHarness} from "../base/MerkleHarness.sol";
import {Test} from "../base/Test.sol";
import {Deployer} from "./Deployer.sol";
import {ToyMachine, ToyRegistry} from "./ToyMachine.sol";

/// @notice What the referee says of models of either sort (spec/06 §2).
contract Referee_Test is Test {
    uint8 private constant COARSE = 0;
    uint8 private constant FINE = 1;
    uint8 private constant GRAPH = 2;
    uint8 private constant BLOCK = 3;

    IReferee private _referee;

    function setUp() external {
        ToyRegistry registry = new ToyRegistry();
        address toy = address(new ToyMachine());
        registry.add("machine", 7, 3, 3);
        registry.add("machine without fine", 7, 0, 3);
        ProgramRecord memory record;
        (record.model.stepHeight, record.model.nodeHeight, record.model.blockHeight) = (2, 1, 1);
        (record.model.coarseHeight, record.model.fineHeight, record.model.codeEnd) = (6, 5, 128);
        registry.addProgram("program", record, 30);
        record.model.fineHeight = 0;
        registry.addProgram("program without fine", record, 31);
        MachineModel memory slots;
        (slots.inputHeight, slots.outputHeight, slots.codeEnd) = (4, 2, 128);
        registry.addMachine("slots", slots);
        _referee = IReferee(Deployer.referee(address(registry), toy, Deployer.graph()));
    }

    function assertLevel(bytes32 _model, uint8 _kind, uint8 _height, uint16 _words) private view {
        (uint8 height, uint16 words) = _referee.level(_model, _kind);
        assertEq(height, _height, "height");
        assertEq(words, _words, "words");
    }

    function assertRootLevel(bytes32 _model, bytes memory _expected) private view {
        (uint8 kind, uint8 height, uint16 words, uint8 coarse, uint8 fine) = _referee.rootLevel(_model);
        assertEq(abi.encode(kind, height, words, coarse, fine), _expected);
    }

    function notPlayed(bytes32 _model, uint8 _kind) private {
        vm.expectRevert(abi.encodeWithSelector(IReferee.KindNotPlayed.selector, _model, _kind));
        _referee.level(_model, _kind);
    }

    function test_level_ofAMachine() external {
        assertLevel("machine", COARSE, 7, 0);
        assertLevel("machine", FINE, 3, 0);
        notPlayed("machine", GRAPH);
        notPlayed("machine", BLOCK);
        assertLevel("machine without fine", COARSE, 7, 0);
        notPlayed("machine without fine", FINE);
    }

    function test_level_ofAProgram() external {
        assertLevel("program", GRAPH, 4, 30);
        assertLevel("program", BLOCK, 6, 0);
        assertLevel("program", FINE, 5, 0);
        notPlayed("program", COARSE);
        notPlayed("program", 4);
        assertLevel("program without fine", BLOCK, 6, 0);
        notPlayed("program without fine", FINE);
    }

    function test_rootLevel() external view {
        assertRootLevel("program", abi.encode(GRAPH, 4, 30, 6, 5));
        assertRootLevel("machine", abi.encode(COARSE, 7, 0, 7, 3));
        assertRootLevel("machine without fine", abi.encode(COARSE, 7, 0, 7, 0));
    }

    function test_unregistered_reverts() external {
        bytes memory reason = abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, bytes32("no"));
        vm.expectRevert(reason);
        _referee.level("no", COARSE);
        vm.expectRevert(reason);
        _referee.rootLevel("no");
        vm.expectRevert(reason);
        _referee.judge("no", 0, 0, 0, "");
        vm.expectRevert(reason);
        _referee.leafOf("no", 0, "");
        vm.expectRevert(reason);
        _referee.step("no", 0, "");
        vm.expectRevert(reason);
        _referee.inputRootFrom("no", "");
    }

    /// @dev A machine has no leaves of a graph.
    function test_graphCalls_ofAMachine_revert() external {
        bytes memory reason = abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, bytes32("machine"));
        vm.expectRevert(reason);
        _referee.judge("machine", 0, 0, 0, "");
        vm.expectRevert(reason);
        _referee.leafOf("machine", 0, "");
        vm.expectPartialRevert(IModelRegistry.UnknownModel.selector);
        _referee.initialStateHash("program", 0, new bytes32[](0));
    }

    function test_resultOf_ofAMachine_isOfTheLastLeaf() external {
        bytes32 state = "state";
        assertEq(_referee.resultOf("machine", 0, state, abi.encode(state)), keccak256(abi.encode("result", state)));
        vm.expectRevert(abi.encodeWithSelector(IReferee.FinalStateMismatch.selector, bytes32("other"), state));
        _referee.resultOf("machine", 0, "other", abi.encode(state));
    }

    /// @dev Content of a machine is taken as a slot of its own height.
    function test_slots_haveTheirOwnHeights() external {
        MerkleHarness merkle = new MerkleHarness();
        bytes memory content = "some content";
        assertEq(_referee.inputRootFrom("slots", content), merkle.slotRoot(content, 4));
        assertEq(_referee.resultFrom("slots", content), merkle.slotRoot(content, 2));
    }
}
