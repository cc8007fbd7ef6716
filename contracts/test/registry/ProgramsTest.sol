// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {ProgramModel} from "../../src/types/Program.sol";
import {Deployer} from "../dispute/Deployer.sol";
import {Test} from "../base/Test.sol";

/// @notice A tensor program that can be registered (spec/02 §8), and how another one is refused.
abstract contract ProgramsTest is Test {
    IModelRegistry internal _registry;
    ProgramModel internal _model;
    bytes32[] internal _sections;
    bytes32[] internal _outputs;
    bytes32[] internal _inputs;
    bytes32[] internal _siblings;

    /// @dev Two sections: 1 node for 1 step; 3 nodes for 6 steps, halted by the last. Outputs of 160 and 4 bytes, inputs of 8 and 0.
    function setUpRegistry() internal {
        _registry = IModelRegistry(Deployer.registry());
        _sections.push(section(0, 1, 0, 1, 0));
        _sections.push(section(1, 3, 1, 6, 3));
        _outputs.push(output(1, 2, 160));
        _outputs.push(output(0, 0, 4));
        _inputs.push(bytes32(uint256(8)));
        _inputs.push(0);
        _model.programRoot = "program";
        _model.weightsRoot = "weights";
        _model.codeRoot = "code";
        _model.codeEnd = 128 * 1056;
        _model.entry = 65_536;
        _model.outputBlockAddress = 2_097_152;
        _model.numNodes = 4;
        _model.numConstants = 3;
        _model.numInputs = 2;
        (_model.stepHeight, _model.nodeHeight, _model.blockHeight) = (3, 2, 1);
        (_model.coarseHeight, _model.fineHeight) = (8, 12);
        setCode(11);
        hashLists();
    }

    function section(uint256 _firstNode, uint256 _numNodes, uint256 _firstPosition, uint256 _steps, uint256 _halt)
        internal
        pure
        returns (bytes32)
    {
        return bytes32(_firstNode << 224 | _numNodes << 192 | _firstPosition << 128 | _steps << 64 | _halt << 32);
    }

    function output(uint256 _section, uint256 _node, uint256 _lengthBytes) internal pure returns (bytes32) {
        return bytes32(_section << 224 | _node << 192 | _lengthBytes << 128);
    }

    /// @dev The code's root at its height, and an image that holds it at position 0.
    function setCode(uint256 _codeHeight) internal {
        bytes32 node = _model.codeRoot;
        for (uint256 h = _codeHeight; h < 17; ++h) {
            bytes32 sibling = keccak256(abi.encode("image", h));
            _siblings.push(sibling);
            node = keccak256(abi.encodePacked(node, sibling));
        }
        _model.kernelRoot = node;
    }

    function hashLists() internal {
        _model.sectionsHash = keccak256(abi.encodePacked(_sections));
        _model.outputsHash = keccak256(abi.encodePacked(_outputs));
        _model.inputsHash = keccak256(abi.encodePacked(_inputs));
    }

    function register() internal returns (bytes32) {
        return _registry.registerProgram(_model, _sections, _outputs, _inputs, _siblings);
    }

    /// @dev Four bytes of `_reason` match any error of that selector.
    function refused(bytes memory _reason) internal {
        if (_reason.length == 4) vm.expectPartialRevert(bytes4(_reason));
        else vm.expectRevert(_reason);
        register();
    }

    function mismatch(bytes32 _list, bytes32 _expected, bytes32 _actual) internal {
        refused(abi.encodeWithSelector(IModelRegistry.ListMismatch.selector, _list, _expected, _actual));
    }

    function count(bytes32 _what, uint256 _expected, uint256 _actual) internal {
        hashLists();
        refused(abi.encodeWithSelector(IModelRegistry.CountInvalid.selector, _what, _expected, _actual));
    }

    function entry(bytes32 _list, uint256 _index, bytes32 _field) internal {
        hashLists();
        refused(abi.encodeWithSelector(IModelRegistry.ListEntryInvalid.selector, _list, _index, _field));
    }

    function height(bytes32 _name, uint8 _height, uint8 _maximum) internal {
        refused(abi.encodeWithSelector(IModelRegistry.TraceHeightInvalid.selector, _name, _height, _maximum));
    }
}
