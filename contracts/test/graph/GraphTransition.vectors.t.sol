// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IGraphTransition} from "../../src/interfaces/IGraphTransition.sol";
import {Evidence} from "../../src/libraries/Evidence.sol";
import {programIdOf} from "../../src/types/Program.sol";
import {Deployer} from "../dispute/Deployer.sol";
import {ProgramVectors} from "../program/ProgramVectors.sol";

/// @notice Replays vectors/graph/judgements.json: what the TypeScript side proves about a run, the contract concludes.
contract GraphTransition_Vectors_Test is ProgramVectors {
    struct Judgement {
        string at;
        uint256 index;
        bytes evidence;
        bool isDecided;
        bytes32 answer;
    }

    IGraphTransition private _transition;
    bytes32 private _inputRoot;
    bytes32 private _traceRoot;

    function setUp() external {
        _transition = IGraphTransition(Deployer.graph());
        loadProgram("judgements.json");
        _inputRoot = word(".inputRoot");
        _traceRoot = word(".traceRoot");
    }

    function test_programIdOf_vector() external view {
        assertEq(programIdOf(_model), word(".modelId"));
    }

    function test_judge_vectors() external view {
        uint256 count = 0;
        for (; vm.keyExistsJson(_json, nth(count)); ++count) {
            Judgement memory judgement = load(count);
            (bool isDecided, bytes32 answer) = judge(judgement.index, judgement.evidence);
            assertEq(isDecided, judgement.isDecided, judgement.at);
            assertEq(answer, judgement.answer, judgement.at);
        }
        assertGt(count, 10);
    }

    /// @notice Every word of the evidence is proven.
    function test_audit_handOver_anyWordOfTheEvidenceChanged_reverts() external {
        for (uint256 i = 0; vm.keyExistsJson(_json, nth(i)); ++i) {
            Judgement memory judgement = load(i);
            for (uint256 at = 31; at < judgement.evidence.length; at += 32) {
                judgement.evidence[at] ^= 0x01;
                vm.expectRevert();
                this.judge(judgement.index, judgement.evidence);
                judgement.evidence[at] ^= 0x01;
            }
        }
    }

    function test_audit_truncatedData_evidenceOfAnotherLength_reverts() external {
        for (uint256 i = 0; vm.keyExistsJson(_json, nth(i)); ++i) {
            Judgement memory judgement = load(i);
            vm.expectRevert(abi.encodeWithSelector(Evidence.EvidenceLengthMismatch.selector, 0, 1));
            this.judge(judgement.index, bytes.concat(judgement.evidence, hex"00"));
            if (judgement.evidence.length == 0) continue;
            bytes memory evidence = judgement.evidence;
            assembly ("memory-safe") {
                mstore(evidence, sub(mload(evidence), 1))
            }
            vm.expectRevert(abi.encodeWithSelector(Evidence.EvidenceLengthMismatch.selector, 1, 0));
            this.judge(judgement.index, evidence);
        }
    }

    /// @notice Evidence of one leaf does not judge another.
    function test_audit_handOver_evidenceOfAnotherLeaf_neverGivesItsAnswer() external view {
        for (uint256 i = 0; vm.keyExistsJson(_json, nth(i)); ++i) {
            Judgement memory one = load(i);
            if (one.isDecided) continue;
            for (uint256 k = 0; vm.keyExistsJson(_json, nth(k)); ++k) {
                Judgement memory other = load(k);
                if (i == k) continue;
                try this.judge(other.index, one.evidence) returns (bool isDecided, bytes32 answer) {
                    // Two blocks of one output have the same evidence, and each its own answer.
                    assertTrue(isDecided == other.isDecided && answer == other.answer, other.at);
                } catch {}
            }
        }
    }

    function test_judge_otherRoots_revertOrAnswerOtherwise() external {
        for (uint256 i = 0; vm.keyExistsJson(_json, nth(i)); ++i) {
            Judgement memory judgement = load(i);
            if (judgement.isDecided) continue;
            bytes32 traceRoot = _traceRoot;
            _traceRoot = keccak256("another trace");
            try this.judge(judgement.index, judgement.evidence) returns (bool, bytes32 answer) {
                assertEq(answer, judgement.answer, "does not look at the trace");
            } catch {}
            _traceRoot = traceRoot;
            _model.kernelRoot ^= bytes32(uint256(1));
            (, bytes32 other) = judge(judgement.index, judgement.evidence);
            assertTrue(other != judgement.answer, "another kernel, another state");
            _model.kernelRoot ^= bytes32(uint256(1));
            _model.programRoot ^= bytes32(uint256(1));
            vm.expectRevert();
            this.judge(judgement.index, judgement.evidence);
            _model.programRoot ^= bytes32(uint256(1));
        }
    }

    function test_judge_otherSections_reverts() external {
        Judgement memory judgement = load(4);
        _sections[1] ^= bytes32(uint256(1) << 64);
        vm.expectPartialRevert(IGraphTransition.WordsMismatch.selector);
        this.judge(judgement.index, judgement.evidence);
    }

    function test_resultOf_vector() external view {
        bytes memory evidence = vm.parseJsonBytes(_json, ".resultEvidence");
        assertEq(_transition.resultOf(_model, _traceRoot, _sections, _outputs, evidence), word(".result"));
    }

    function test_resultFrom_vector() external view {
        bytes memory content = vm.parseJsonBytes(_json, ".resultBytes");
        assertEq(_transition.resultFrom(_model, _outputs, content), word(".result"));
    }

    function test_resultFrom_otherLength_reverts() external {
        bytes memory content = vm.parseJsonBytes(_json, ".resultBytes");
        vm.expectPartialRevert(IGraphTransition.ResultLengthMismatch.selector);
        _transition.resultFrom(_model, _outputs, bytes.concat(content, hex"00"));
        vm.expectPartialRevert(IGraphTransition.ResultLengthMismatch.selector);
        _transition.resultFrom(_model, _outputs, hex"00");
    }

    function test_inputRootFrom_vector() external view {
        assertEq(_transition.inputRootFrom(_model, _lengths, vm.parseJsonBytes(_json, ".input")), _inputRoot);
    }

    function test_judge_gas() external {
        for (uint256 i = 0; vm.keyExistsJson(_json, nth(i)); ++i) {
            Judgement memory judgement = load(i);
            judge(judgement.index, judgement.evidence);
            vm.snapshotGasLastCall("GraphTransition", vm.parseJsonString(_json, string.concat(nth(i), ".name")));
        }
    }

    function judge(uint256 _index, bytes memory _evidence) public view returns (bool isDecided_, bytes32 answer_) {
        return _transition.judge(_model, _inputRoot, _traceRoot, _index, _sections, _evidence);
    }

    function load(uint256 _i) private view returns (Judgement memory judgement_) {
        string memory at = nth(_i);
        judgement_.at = at;
        judgement_.index = number(string.concat(at, ".index"));
        judgement_.evidence = vm.parseJsonBytes(_json, string.concat(at, ".evidence"));
        judgement_.isDecided = vm.parseJsonBool(_json, string.concat(at, ".isDecided"));
        judgement_.answer = word(string.concat(at, ".answer"));
    }

    function nth(uint256 _i) private pure returns (string memory key_) {
        return string.concat(".judgements[", vm.toString(_i), "]");
    }
}
