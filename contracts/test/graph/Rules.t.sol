// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IGraphTransition} from "../../src/interfaces/IGraphTransition.sol";
import {Evidence} from "../../src/libraries/Evidence.sol";
import {MerkleMemory} from "../../src/libraries/MerkleMemory.sol";
import {JudgeTest} from "./JudgeTest.sol";

/// @notice Which leaves a rule decides (spec/06 §5), at each rule's first and last leaf.
contract GraphTransition_Rules_Test is JudgeTest {
    function setUp() external {
        setUpJudge();
    }

    function none() private pure returns (Operand[3] memory operands_) {}

    function zero() private pure returns (bytes32) {
        return keccak256(new bytes(128));
    }

    /// @dev Positions 0 to 2 are computed, 3 to 7 are not.
    function test_judge_pastTheLastPosition_isZero() external view {
        for (uint256 position = 3; position < 8; ++position) {
            for (uint256 node = 0; node < 4; ++node) assertRule(leafIndex(position, node, node % 2), "", zero());
        }
    }

    function test_judge_pastTheLastNode_isZero() external view {
        assertRule(leafIndex(0, 2, 0), "", zero());
        assertRule(leafIndex(0, 3, 1), "", zero());
        assertRule(leafIndex(1, 3, 0), "", zero());
        assertRule(leafIndex(2, 3, 1), "", zero());
    }

    /// @dev Everything before them needs a descriptor: its proof cannot be left out.
    function test_judge_lastNodeAndPosition_needTheDescriptor() external {
        uint256[3] memory indices = [leafIndex(0, 1, 0), leafIndex(1, 2, 0), leafIndex(2, 2, 1)];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Evidence.EvidenceLengthMismatch.selector, 512, 0));
            this.judge(indices[i], "");
        }
    }

    function test_judge_pastTheLastBlock_isZero() external {
        uint256[4] memory lengths = [uint256(0), 1, 128, 129];
        for (uint256 i = 0; i < 4; ++i) {
            bytes memory d = descriptor(lengths[i], none());
            bytes memory evidence = setDescriptor(4, d);
            bytes32[3] memory roots = [zeroRoot(23), zeroRoot(23), zeroRoot(23)];
            for (uint256 b = 0; b < 2; ++b) {
                if (128 * b >= lengths[i]) {
                    assertRule(leafIndex(2, 2, b), evidence, zero());
                } else {
                    (bool isDecided, bytes32 answer) = judge(leafIndex(2, 2, b), evidence);
                    assertFalse(isDecided);
                    assertEq(answer, firstState(d, roots, b, 1));
                }
            }
        }
    }

    /// @dev The descriptor of the node in dispute, of its own section.
    function test_judge_descriptorOfAnotherNode_reverts() external {
        for (uint256 number = 0; number < 5; ++number) {
            bytes memory evidence = setDescriptor(number, descriptor(128, none()));
            for (uint256 node = 0; node < 5; ++node) {
                uint256 index = node < 2 ? leafIndex(0, node, 0) : leafIndex(1, node - 2, 0);
                if (node == number) {
                    (bool isDecided,) = judge(index, evidence);
                    assertFalse(isDecided);
                } else {
                    vm.expectPartialRevert(MerkleMemory.RootMismatch.selector);
                    this.judge(index, evidence);
                }
            }
        }
    }

    // After the halt

    /// @param _haltNode Its first word, at position 1.
    function setHalt(uint256 _haltNode, bytes4 _word) private {
        setSections(_haltNode + 1);
        _haltBlock = abi.encodePacked(_word, bytes28(keccak256("rest")), keccak256("a"), keccak256("b"), bytes32(0));
        setLeaf(leafIndex(1, _haltNode, 0), _haltBlock);
    }

    function haltEvidence(bytes memory _descriptor, uint256 _haltNode) private returns (bytes memory) {
        bytes memory siblings = proof(_trace, 0, leafIndex(1, _haltNode, 0));
        return abi.encodePacked(
            setDescriptor(3, _descriptor), _haltBlock, part(siblings, 32, siblings.length - 32)
        );
    }

    function test_judge_afterTheHalt_isTheLeafBefore() external {
        bytes4[4] memory haltWords = [bytes4(0x01000000), 0x00000001, 0x00800000, 0xffffffff];
        for (uint256 node = 0; node < 3; ++node) {
            for (uint256 i = 0; i < 4; ++i) {
                setHalt(node, haltWords[i]);
                bytes memory evidence = haltEvidence(descriptor(256, none()), node);
                for (uint256 b = 0; b < 2; ++b) {
                    uint256 before = leafIndex(1, 1, b);
                    assertRule(leafIndex(2, 1, b), abi.encodePacked(evidence, proof(_trace, 0, before)), _trace[64 + before]);
                }
            }
        }
    }

    /// @dev The first word alone tells, whatever follows it.
    function test_judge_notHalted_isComputed() external {
        for (uint256 node = 0; node < 3; ++node) {
            setHalt(node, 0);
            bytes memory d = descriptor(256, none());
            (bool isDecided, bytes32 answer) = judge(leafIndex(2, 1, 1), haltEvidence(d, node));
            assertFalse(isDecided);
            assertEq(answer, firstState(d, [zeroRoot(23), zeroRoot(23), zeroRoot(23)], 1, 1));
        }
    }

    /// @dev In the first step there is no step before.
    function test_judge_firstStep_readsNoHalt() external {
        setHalt(0, 0x01000000);
        bytes memory evidence = setDescriptor(3, descriptor(256, none()));
        (bool isDecided,) = judge(leafIndex(1, 1, 0), evidence);
        assertFalse(isDecided);
    }

    function test_judge_anotherHaltBlock_reverts() external {
        setHalt(1, 0);
        bytes memory evidence = haltEvidence(descriptor(256, none()), 1);
        // As if it had halted.
        evidence[512 + 96] = 0x01;
        uint256 before = leafIndex(1, 1, 0);
        vm.expectPartialRevert(MerkleMemory.RootMismatch.selector);
        this.judge(leafIndex(2, 1, 0), abi.encodePacked(evidence, proof(_trace, 0, before)));
    }

    function test_judge_afterTheHalt_anotherLeafBefore_reverts() external {
        setHalt(2, 0x01000000);
        bytes memory evidence = haltEvidence(descriptor(256, none()), 2);
        uint256[3] memory others = [leafIndex(2, 1, 0), leafIndex(1, 0, 0), leafIndex(1, 1, 1)];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectPartialRevert(MerkleMemory.RootMismatch.selector);
            this.judge(leafIndex(2, 1, 0), abi.encodePacked(evidence, proof(_trace, 0, others[i])));
        }
    }

    /// @dev Past the end of an output the rule is the first: no halt is read.
    function test_judge_pastTheLastBlock_afterTheHalt_isZero() external {
        setHalt(2, 0x01000000);
        assertRule(leafIndex(2, 1, 1), setDescriptor(3, descriptor(128, none())), zero());
    }

    function test_judge_otherSections_reverts() external {
        bytes memory evidence = setDescriptor(3, descriptor(128, none()));
        _sections[1] ^= bytes32(uint256(1) << 32);
        bytes32 actual = keccak256(abi.encodePacked(_sections));
        vm.expectRevert(
            abi.encodeWithSelector(IGraphTransition.WordsMismatch.selector, _model.sectionsHash, actual)
        );
        this.judge(leafIndex(1, 1, 0), evidence);
    }
}
