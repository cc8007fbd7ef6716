// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {ProgramChecks} from "../../src/libraries/ProgramChecks.sol";
import {MerkleMemory} from "../../src/libraries/MerkleMemory.sol";
import {GameTerms} from "../../src/types/GameTerms.sol";
import {MAX_WORDS, ProgramModel, ProgramRecord, programIdOf} from "../../src/types/Program.sol";
import {Deployer} from "../dispute/Deployer.sol";
import {Test} from "../base/Test.sol";
import {Vm} from "../base/Vm.sol";

/// @notice Registration of tensor programs (spec/02 §8): one test a check.
contract ModelRegistry_Programs_Test is Test {
    IModelRegistry private _registry;
    ProgramModel private _model;
    bytes32[] private _sections;
    bytes32[] private _outputs;
    bytes32[] private _inputs;
    bytes32[] private _siblings;

    /// @dev Two sections: 1 node for 1 step; 3 nodes for 6 steps, halted by the last. Outputs of 160 and 4 bytes, inputs of 8 and 0.
    function setUp() external {
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

    // What registration gives

    function test_registerProgram_isStored() external {
        // The id by hand: the tag and eighteen fields, one word each.
        bytes memory words = bytes.concat(
            abi.encode(keccak256("opml.model.program.1"), _model.programRoot, _model.weightsRoot, _model.kernelRoot),
            abi.encode(_model.codeRoot, _model.entry, _model.codeEnd, _model.outputBlockAddress, _model.sectionsHash),
            abi.encode(_model.outputsHash, _model.inputsHash, uint256(4), uint256(3), uint256(2)),
            abi.encode(uint256(3), uint256(2), uint256(1), uint256(8), uint256(12))
        );
        bytes32 id = keccak256(words);
        assertFalse(_registry.isRegistered(id));
        assertFalse(_registry.isProgram(id));
        vm.expectEmit(address(_registry));
        emit IModelRegistry.ProgramRegistered(id, address(this), _model);
        assertEq(register(), id);
        assertTrue(_registry.isRegistered(id));
        assertTrue(_registry.isProgram(id));
        ProgramRecord memory record = _registry.recordOf(id);
        assertEq(abi.encode(record), abi.encode(ProgramRecord(_model, _sections, _outputs, _inputs)));
        assertEq(abi.encode(_registry.program(id)), abi.encode(_model));
        assertEq(abi.encode(_registry.sectionsOf(id)), abi.encode(_sections));
        assertEq(abi.encode(_registry.outputsOf(id)), abi.encode(_outputs));
        assertEq(abi.encode(_registry.inputsOf(id)), abi.encode(_inputs));
        (bytes32 codeRoot, uint32 codeEnd) = _registry.codeOf(id);
        assertEq(codeRoot, "code");
        assertEq(codeEnd, 128 * 1056);
    }

    /// @dev Worked by hand from spec/06 §10: 16 and 2 for the descriptor, 5 and twice 6 for the halt, three operands of 1 + 5.
    function test_termsOf_program() external {
        GameTerms memory terms = _registry.termsOf(register());
        assertEq(terms.kind, 2);
        assertEq(terms.rootHeight, 6);
        assertEq(terms.coarseHeight, 8);
        assertEq(terms.fineHeight, 12);
        assertEq(terms.words, 16 + 2 + 5 + 12 + 18);
        _sections[1] = section(1, 3, 1, 6, 0);
        hashLists();
        assertEq(_registry.termsOf(register()).words, 16 + 2 + 18);
        // Many outputs: their proofs are longer than any leaf's.
        for (uint256 i = 2; i < 42; ++i) _outputs.push(output(1, 0, 4));
        hashLists();
        assertEq(_registry.termsOf(register()).words, 42 * 6);
    }

    function test_registerProgram_twice_isIdempotent() external {
        bytes32 id = register();
        vm.recordLogs();
        assertEq(register(), id);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 0);
    }

    function test_reads_unknown_revert() external {
        bytes memory reason = abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, bytes32("no"));
        vm.expectRevert(reason);
        _registry.program("no");
        vm.expectRevert(reason);
        _registry.recordOf("no");
        vm.expectRevert(reason);
        _registry.termsOf("no");
        vm.expectRevert(reason);
        _registry.codeOf("no");
        bytes32 id = register();
        vm.expectPartialRevert(IModelRegistry.UnknownModel.selector);
        _registry.model(id);
    }

    /// @dev The longest lists that are taken come back as they were.
    function test_registerProgram_greatestLists_areStored() external {
        delete _sections;
        delete _inputs;
        delete _outputs;
        for (uint256 i = 0; i < 64; ++i) _sections.push(section(i, 1, i, 1, 0));
        for (uint256 i = 0; i < 64; ++i) _inputs.push(bytes32(uint256(1 << 30)));
        (_model.stepHeight, _model.nodeHeight, _model.blockHeight) = (6, 0, 23);
        for (uint256 i = 0; i < 36; ++i) _outputs.push(output(63, 0, 1 << 30));
        (_model.numNodes, _model.numInputs) = (64, 64);
        hashLists();
        bytes32 id = register();
        assertEq(abi.encode(_registry.sectionsOf(id)), abi.encode(_sections));
        assertEq(abi.encode(_registry.inputsOf(id)), abi.encode(_inputs));
        assertEq(_registry.outputsOf(id).length, 36);
    }

    /// @dev What `Bond` takes for the greatest: no program that can be registered has more.
    function test_evidenceWords_greatest_isTheConstant() external {
        (_model.numNodes, _model.numConstants, _model.numInputs) = (type(uint32).max, type(uint32).max, 64);
        (_model.stepHeight, _model.nodeHeight, _model.blockHeight) = (32, 24, 8);
        assertEq(this.evidenceWords(_model, _sections, _outputs), MAX_WORDS);
    }

    function evidenceWords(ProgramModel calldata _m, bytes32[] calldata _s, bytes32[] calldata _o)
        external
        pure
        returns (uint256)
    {
        return ProgramChecks.evidenceWords(_m, _s, _o);
    }

    // The lists are those of the hashes

    function test_registerProgram_otherSections_reverts() external {
        bytes32 expected = _model.sectionsHash;
        _sections[1] = section(1, 3, 1, 5, 3);
        mismatch("sections", expected, keccak256(abi.encodePacked(_sections)));
    }

    function test_registerProgram_otherOutputs_reverts() external {
        bytes32 expected = _model.outputsHash;
        _outputs[0] = output(1, 2, 159);
        mismatch("outputs", expected, keccak256(abi.encodePacked(_outputs)));
    }

    function test_registerProgram_otherInputs_reverts() external {
        bytes32 expected = _model.inputsHash;
        _inputs[1] = bytes32(uint256(1));
        mismatch("inputs", expected, keccak256(abi.encodePacked(_inputs)));
    }

    // Sections

    function test_registerProgram_noSection_reverts() external {
        delete _sections;
        count("sections", 64, 0);
    }

    function test_registerProgram_tooManySections_reverts() external {
        delete _sections;
        for (uint256 i = 0; i < 65; ++i) _sections.push(section(i, 1, i, 1, 0));
        count("sections", 64, 65);
    }

    function test_registerProgram_firstNode_isCumulative() external {
        _sections[1] = section(2, 3, 1, 6, 3);
        entry("sections", 1, "firstNode");
        _sections[0] = section(1, 1, 0, 1, 0);
        entry("sections", 0, "firstNode");
    }

    function test_registerProgram_firstPosition_isCumulative() external {
        _sections[1] = section(1, 3, 2, 5, 3);
        entry("sections", 1, "firstPosition");
        _sections[0] = section(0, 1, 1, 1, 0);
        entry("sections", 0, "firstPosition");
    }

    function test_registerProgram_sectionWithoutNodes_reverts() external {
        _sections[1] = section(1, 0, 1, 6, 0);
        entry("sections", 1, "numNodes");
    }

    function test_registerProgram_sectionOfTooManyNodes_reverts() external {
        _sections[1] = section(1, 5, 1, 6, 3);
        entry("sections", 1, "numNodes");
    }

    function test_registerProgram_sectionWithoutSteps_reverts() external {
        _sections[0] = section(0, 1, 0, 0, 0);
        entry("sections", 0, "steps");
    }

    function test_registerProgram_haltNodeOutside_reverts() external {
        _sections[1] = section(1, 3, 1, 6, 4);
        entry("sections", 1, "haltNode");
    }

    function test_registerProgram_sectionRest_reverts() external {
        _sections[1] |= bytes32(uint256(1));
        entry("sections", 1, "rest");
        _sections[1] = section(1, 3, 1, 6, 3) | bytes32(uint256(1) << 31);
        entry("sections", 1, "rest");
    }

    function test_registerProgram_otherNumberOfNodes_reverts() external {
        _model.numNodes = 5;
        count("nodes", 5, 4);
    }

    function test_registerProgram_tooManyPositions_reverts() external {
        _sections[1] = section(1, 3, 1, 8, 3);
        count("positions", 8, 9);
        // Counts that would wrap in 64 bits.
        _sections[1] = section(1, 3, 1, type(uint64).max, 3);
        count("positions", 8, uint256(type(uint64).max) + 1);
    }

    // Outputs

    function test_registerProgram_noOutput_reverts() external {
        delete _outputs;
        count("outputs", 42, 0);
    }

    /// @dev 256 words in all, six each.
    function test_registerProgram_tooManyOutputs_reverts() external {
        for (uint256 i = 2; i < 43; ++i) _outputs.push(output(0, 0, 4));
        count("outputs", 42, 43);
    }

    function test_registerProgram_outputOfNoSection_reverts() external {
        _outputs[1] = output(2, 0, 4);
        entry("outputs", 1, "section");
    }

    function test_registerProgram_outputOfNoNode_reverts() external {
        _outputs[1] = output(0, 1, 4);
        entry("outputs", 1, "node");
    }

    function test_registerProgram_outputTooLong_reverts() external {
        _outputs[0] = output(1, 2, 257);
        entry("outputs", 0, "lengthBytes");
        _outputs[0] = output(1, 2, 256);
        hashLists();
        register();
    }

    function test_registerProgram_outputRest_reverts() external {
        _outputs[0] |= bytes32(uint256(1));
        entry("outputs", 0, "rest");
        _outputs[0] = output(1, 2, 160) | bytes32(uint256(1) << 127);
        entry("outputs", 0, "rest");
    }

    // Inputs

    function test_registerProgram_otherNumberOfInputs_reverts() external {
        _model.numInputs = 1;
        count("inputs", 1, 2);
    }

    function test_registerProgram_tooManyInputs_reverts() external {
        for (uint256 i = 2; i < 65; ++i) _inputs.push(bytes32(uint256(i)));
        _model.numInputs = 65;
        count("inputs", 64, 65);
    }

    function test_registerProgram_inputTooLong_reverts() external {
        _inputs[1] = bytes32(uint256(1 << 30) + 1);
        entry("inputs", 1, "lengthBytes");
        _inputs[1] = bytes32(uint256(1) << 255);
        entry("inputs", 1, "lengthBytes");
    }

    // Heights

    function test_registerProgram_stepHeight_isBounded() external {
        _model.stepHeight = 33;
        height("stepHeight", 33, 32);
    }

    function test_registerProgram_nodeHeight_isBounded() external {
        _model.nodeHeight = 25;
        height("nodeHeight", 25, 24);
    }

    function test_registerProgram_blockHeight_isBounded() external {
        _model.blockHeight = 24;
        height("blockHeight", 24, 23);
    }

    /// @dev An index of a leaf has 64 bits.
    function test_audit_callerDepth_graphHeight_isBounded() external {
        (_model.stepHeight, _model.nodeHeight, _model.blockHeight) = (32, 10, 23);
        height("graph", 65, 64);
        (_model.stepHeight, _model.nodeHeight, _model.blockHeight) = (32, 24, 23);
        height("graph", 79, 64);
    }

    function test_registerProgram_coarseHeight_isBounded() external {
        _model.coarseHeight = 0;
        height("coarseHeight", 0, 40);
        _model.coarseHeight = 41;
        height("coarseHeight", 41, 40);
    }

    function test_registerProgram_fineHeight_isBounded() external {
        _model.fineHeight = 21;
        height("fineHeight", 21, 20);
        _model.fineHeight = 0;
        register();
    }

    // The guest

    function test_registerProgram_codeEnd_isABlockInTheImage() external {
        uint32[4] memory ends = [uint32(0), 100, (1 << 24) + 128, 1 << 30];
        for (uint256 i = 0; i < ends.length; ++i) {
            _model.codeEnd = ends[i];
            refused(abi.encodeWithSelector(IModelRegistry.CodeEndInvalid.selector, ends[i]));
        }
    }

    function test_registerProgram_entry_isInTheCode() external {
        _model.entry = 65_538;
        refused(abi.encodeWithSelector(IModelRegistry.EntryInvalid.selector, 65_538, 128 * 1056));
        _model.entry = 128 * 1056;
        refused(abi.encodeWithSelector(IModelRegistry.EntryInvalid.selector, 128 * 1056, 128 * 1056));
    }

    function test_registerProgram_outputBlock_isABlockBetweenCodeAndDescriptor() external {
        uint32[4] memory addresses = [2_097_156, 128 * 1055, 1 << 24, 0];
        for (uint256 i = 0; i < addresses.length; ++i) {
            _model.outputBlockAddress = addresses[i];
            refused(
                abi.encodeWithSelector(IModelRegistry.OutputBlockInvalid.selector, addresses[i], 128 * 1056)
            );
        }
        _model.outputBlockAddress = 128 * 1056;
        register();
    }

    function test_registerProgram_codeRoot_isProven() external {
        _model.codeRoot = "other";
        refused(abi.encodePacked(MerkleMemory.RootMismatch.selector));
    }

    function test_registerProgram_kernelRoot_isProven() external {
        _model.kernelRoot = "other";
        refused(abi.encodePacked(MerkleMemory.RootMismatch.selector));
    }

    function test_registerProgram_codeProofOfOtherLength_reverts() external {
        _siblings.push("more");
        refused(abi.encodeWithSelector(MerkleMemory.ProofLengthMismatch.selector, 6, 7));
        _siblings.pop();
        _siblings.pop();
        refused(abi.encodeWithSelector(MerkleMemory.ProofLengthMismatch.selector, 6, 5));
    }

    function section(uint256 _firstNode, uint256 _numNodes, uint256 _firstPosition, uint256 _steps, uint256 _halt)
        private
        pure
        returns (bytes32)
    {
        return bytes32(_firstNode << 224 | _numNodes << 192 | _firstPosition << 128 | _steps << 64 | _halt << 32);
    }

    function output(uint256 _section, uint256 _node, uint256 _lengthBytes) private pure returns (bytes32) {
        return bytes32(_section << 224 | _node << 192 | _lengthBytes << 128);
    }

    /// @dev The code's root at its height, and an image that holds it at position 0.
    function setCode(uint256 _codeHeight) private {
        bytes32 node = _model.codeRoot;
        for (uint256 h = _codeHeight; h < 17; ++h) {
            bytes32 sibling = keccak256(abi.encode("image", h));
            _siblings.push(sibling);
            node = keccak256(abi.encodePacked(node, sibling));
        }
        _model.kernelRoot = node;
    }

    function hashLists() private {
        _model.sectionsHash = keccak256(abi.encodePacked(_sections));
        _model.outputsHash = keccak256(abi.encodePacked(_outputs));
        _model.inputsHash = keccak256(abi.encodePacked(_inputs));
    }

    function register() private returns (bytes32) {
        return _registry.registerProgram(_model, _sections, _outputs, _inputs, _siblings);
    }

    /// @dev Four bytes of `_reason` match any error of that selector.
    function refused(bytes memory _reason) private {
        if (_reason.length == 4) vm.expectPartialRevert(bytes4(_reason));
        else vm.expectRevert(_reason);
        register();
    }

    function mismatch(bytes32 _list, bytes32 _expected, bytes32 _actual) private {
        refused(abi.encodeWithSelector(IModelRegistry.ListMismatch.selector, _list, _expected, _actual));
    }

    function count(bytes32 _what, uint256 _expected, uint256 _actual) private {
        hashLists();
        refused(abi.encodeWithSelector(IModelRegistry.CountInvalid.selector, _what, _expected, _actual));
    }

    function entry(bytes32 _list, uint256 _index, bytes32 _field) private {
        hashLists();
        refused(abi.encodeWithSelector(IModelRegistry.ListEntryInvalid.selector, _list, _index, _field));
    }

    function height(bytes32 _name, uint8 _height, uint8 _maximum) private {
        refused(abi.encodeWithSelector(IModelRegistry.TraceHeightInvalid.selector, _name, _height, _maximum));
    }
}
