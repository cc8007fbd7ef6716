// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {codeHeightOf} from "../types/Machine.sol";
import {
    MAX_BLOCK_HEIGHT,
    MAX_GRAPH_HEIGHT,
    MAX_INPUTS,
    MAX_NODE_HEIGHT,
    MAX_RESULT_WORDS,
    MAX_SECTIONS,
    MAX_STEP_HEIGHT,
    OutputWord,
    ProgramModel,
    SectionWord
} from "../types/Program.sol";
import {MerkleMemory} from "./MerkleMemory.sol";
import {ModelChecks} from "./ModelChecks.sol";

/// @title What a tensor program must fulfil to be registered
/// @notice Every rule of spec/02-program §8 that a game relies on; what remains is that a descriptor may be any 512 bytes.
library ProgramChecks {
    /// @dev The guest image is the lower 16 MiB of memory: a tree of height 17.
    uint256 private constant KERNEL_HEIGHT = 17;
    uint32 private constant KERNEL_BYTES = 1 << 24;
    /// @dev An input is a tree of height 23.
    uint256 private constant MAX_INPUT_BYTES = 1 << 30;

    bytes32 private constant SECTIONS = "sections";
    bytes32 private constant OUTPUTS = "outputs";
    bytes32 private constant INPUTS = "inputs";

    /// @notice Reverts unless the program may be registered.
    function check(
        ProgramModel calldata _model,
        bytes32[] calldata _sections,
        bytes32[] calldata _outputs,
        bytes32[] calldata _inputs,
        bytes32[] calldata _codeSiblings
    ) internal pure {
        checkGuest(_model, _codeSiblings);
        checkHeights(_model);
        checkList(SECTIONS, _model.sectionsHash, _sections);
        checkList(OUTPUTS, _model.outputsHash, _outputs);
        checkList(INPUTS, _model.inputsHash, _inputs);
        checkSections(_model, _sections);
        checkOutputs(_model, _sections, _outputs);
        checkInputs(_model, _inputs);
    }

    /// @notice Height of the trace tree.
    function rootHeight(ProgramModel calldata _model) internal pure returns (uint256 height_) {
        height_ = uint256(_model.stepHeight) + _model.nodeHeight + _model.blockHeight;
    }

    /// @notice Words of the longest evidence about the program (spec/07-encodings §5): of a result, or of a leaf.
    function evidenceWords(ProgramModel calldata _model, bytes32[] calldata _sections, bytes32[] calldata _outputs)
        internal
        pure
        returns (uint256 words_)
    {
        uint256 outputHeight = uint256(_model.stepHeight) + _model.nodeHeight;
        // Descriptor and its proof.
        words_ = 16 + MerkleMemory.heightOver(_model.numNodes);
        // The halt node's block, perhaps the leaf of the step before, and their proofs.
        for (uint256 i = 0; i < _sections.length; ++i) {
            if (SectionWord.wrap(_sections[i]).haltNodePlus1() == 0) continue;
            words_ += 5 + 2 * rootHeight(_model);
            break;
        }
        // Three operands, each with the longest proof that there is.
        uint256 longest = max(MerkleMemory.heightOver(_model.numConstants), MerkleMemory.heightOver(_model.numInputs));
        words_ += 3 * (1 + max(longest, outputHeight));
        words_ = max(words_, _outputs.length * (1 + outputHeight));
    }

    /// @dev The image that judges: where its code lies, where it begins, where it writes.
    function checkGuest(ProgramModel calldata _model, bytes32[] calldata _codeSiblings) private pure {
        uint32 codeEnd = _model.codeEnd;
        ModelChecks.checkCode(_model.entry, codeEnd, KERNEL_BYTES);
        uint32 output = _model.outputBlockAddress;
        if (output % MerkleMemory.BLOCK_BYTES != 0 || output < codeEnd || output >= KERNEL_BYTES) {
            revert IModelRegistry.OutputBlockInvalid(output, codeEnd);
        }
        uint256 height = KERNEL_HEIGHT - codeHeightOf(codeEnd);
        MerkleMemory.checkProof(_model.kernelRoot, _model.codeRoot, 0, height, _codeSiblings);
    }

    function checkHeights(ProgramModel calldata _model) private pure {
        ModelChecks.checkHeight("stepHeight", _model.stepHeight, 0, MAX_STEP_HEIGHT);
        ModelChecks.checkHeight("nodeHeight", _model.nodeHeight, 0, MAX_NODE_HEIGHT);
        ModelChecks.checkHeight("blockHeight", _model.blockHeight, 0, MAX_BLOCK_HEIGHT);
        // INVARIANT: the index of a leaf has 64 bits.
        ModelChecks.checkHeight("graph", rootHeight(_model), 0, MAX_GRAPH_HEIGHT);
        ModelChecks.checkMachineHeights(_model.coarseHeight, _model.fineHeight);
    }

    /// @dev Nodes and step positions follow one another without a gap, and fill the counts of the model.
    function checkSections(ProgramModel calldata _model, bytes32[] calldata _sections) private pure {
        if (_sections.length == 0 || _sections.length > MAX_SECTIONS) {
            revert IModelRegistry.CountInvalid(SECTIONS, MAX_SECTIONS, _sections.length);
        }
        uint256 numNodes;
        uint256 numPositions;
        for (uint256 i = 0; i < _sections.length; ++i) {
            SectionWord section = SectionWord.wrap(_sections[i]);
            uint256 count = section.numNodes();
            if (section.firstNode() != numNodes) invalid(SECTIONS, i, "firstNode");
            if (section.firstPosition() != numPositions) invalid(SECTIONS, i, "firstPosition");
            if (count == 0 || count > uint256(1) << _model.nodeHeight) invalid(SECTIONS, i, "numNodes");
            if (section.steps() == 0) invalid(SECTIONS, i, "steps");
            if (section.haltNodePlus1() > count) invalid(SECTIONS, i, "haltNode");
            if (uint32(uint256(_sections[i])) != 0) invalid(SECTIONS, i, "rest");
            numNodes += count;
            numPositions += section.steps();
        }
        if (numNodes != _model.numNodes) revert IModelRegistry.CountInvalid("nodes", _model.numNodes, numNodes);
        uint256 maximum = uint256(1) << _model.stepHeight;
        if (numPositions > maximum) revert IModelRegistry.CountInvalid("positions", maximum, numPositions);
    }

    /// @dev Every output is the output of a node that exists.
    function checkOutputs(ProgramModel calldata _model, bytes32[] calldata _sections, bytes32[] calldata _outputs)
        private
        pure
    {
        uint256 maximum = MAX_RESULT_WORDS / (1 + uint256(_model.stepHeight) + _model.nodeHeight);
        if (_outputs.length == 0 || _outputs.length > maximum) {
            revert IModelRegistry.CountInvalid(OUTPUTS, maximum, _outputs.length);
        }
        uint256 maxBytes = MerkleMemory.BLOCK_BYTES << _model.blockHeight;
        for (uint256 i = 0; i < _outputs.length; ++i) {
            OutputWord output = OutputWord.wrap(_outputs[i]);
            if (output.section() >= _sections.length) invalid(OUTPUTS, i, "section");
            SectionWord section = SectionWord.wrap(_sections[output.section()]);
            if (output.node() >= section.numNodes()) invalid(OUTPUTS, i, "node");
            if (output.lengthBytes() > maxBytes) invalid(OUTPUTS, i, "lengthBytes");
            if (uint128(uint256(_outputs[i])) != 0) invalid(OUTPUTS, i, "rest");
        }
    }

    function checkInputs(ProgramModel calldata _model, bytes32[] calldata _inputs) private pure {
        if (_inputs.length != _model.numInputs) {
            revert IModelRegistry.CountInvalid(INPUTS, _model.numInputs, _inputs.length);
        }
        if (_inputs.length > MAX_INPUTS) revert IModelRegistry.CountInvalid(INPUTS, MAX_INPUTS, _inputs.length);
        for (uint256 i = 0; i < _inputs.length; ++i) {
            if (uint256(_inputs[i]) > MAX_INPUT_BYTES) invalid(INPUTS, i, "lengthBytes");
        }
    }

    function checkList(bytes32 _list, bytes32 _expected, bytes32[] calldata _words) private pure {
        bytes32 actual = keccak256(abi.encodePacked(_words));
        if (actual != _expected) revert IModelRegistry.ListMismatch(_list, _expected, actual);
    }

    function invalid(bytes32 _list, uint256 _index, bytes32 _field) private pure {
        revert IModelRegistry.ListEntryInvalid(_list, _index, _field);
    }

    function max(uint256 _a, uint256 _b) private pure returns (uint256 max_) {
        max_ = _a > _b ? _a : _b;
    }
}
