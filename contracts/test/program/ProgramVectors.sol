// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ProgramModel} from "../../src/types/Program.sol";
import {Test} from "../base/Test.sol";

/// @notice A file of vectors/graph: the program that it is about.
abstract contract ProgramVectors is Test {
    string internal _json;
    ProgramModel internal _model;
    bytes32[] internal _sections;
    bytes32[] internal _outputs;
    bytes32[] internal _lengths;

    function loadProgram(string memory _file) internal {
        _json = vm.readFile(string.concat("../vectors/graph/", _file));
        _sections = vm.parseJsonBytes32Array(_json, ".sections");
        _outputs = vm.parseJsonBytes32Array(_json, ".outputs");
        _lengths = vm.parseJsonBytes32Array(_json, ".lengths");
        _model = ProgramModel({
            programRoot: word(".model.programRoot"),
            weightsRoot: word(".model.weightsRoot"),
            kernelRoot: word(".model.kernelRoot"),
            codeRoot: word(".model.codeRoot"),
            entry: uint32(number(".model.entry")),
            codeEnd: uint32(number(".model.codeEnd")),
            outputBlockAddress: uint32(number(".model.outputBlockAddress")),
            sectionsHash: word(".model.sectionsHash"),
            outputsHash: word(".model.outputsHash"),
            inputsHash: word(".model.inputsHash"),
            numNodes: uint32(number(".model.numNodes")),
            numConstants: uint32(number(".model.numConstants")),
            numInputs: uint32(number(".model.numInputs")),
            stepHeight: uint8(number(".model.stepHeight")),
            nodeHeight: uint8(number(".model.nodeHeight")),
            blockHeight: uint8(number(".model.blockHeight")),
            coarseHeight: uint8(number(".model.coarseHeight")),
            fineHeight: uint8(number(".model.fineHeight"))
        });
    }

    function word(string memory _key) internal view returns (bytes32 word_) {
        return vm.parseJsonBytes32(_json, _key);
    }

    function number(string memory _key) internal view returns (uint256 number_) {
        return vm.parseJsonUint(_json, _key);
    }

    function hexOf(string memory _key) internal view returns (bytes memory bytes_) {
        return vm.parseJsonBytes(_json, _key);
    }

    function account(string memory _key) internal view returns (address account_) {
        bytes memory text = hexOf(_key);
        return address(bytes20(text));
    }
}
