// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {ProgramChecks} from "../../src/libraries/ProgramChecks.sol";
import {GameTerms} from "../../src/types/GameTerms.sol";
import {MAX_WORDS, ProgramModel, ProgramRecord} from "../../src/types/Program.sol";
import {Vm} from "../base/Vm.sol";
import {ProgramsTest} from "./ProgramsTest.sol";

/// @notice What the registration of a tensor program gives, and its lists.
contract ModelRegistry_Programs_Test is ProgramsTest {
    function setUp() external {
        setUpRegistry();
    }

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
}
