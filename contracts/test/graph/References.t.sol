// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {JudgeTest} from "./JudgeTest.sol";

/// @notice Every reference that a descriptor can hold (spec/02 §4), valid or not: which root the operand has, and that nothing else is read.
contract GraphTransition_References_Test is JudgeTest {
    uint256 private constant ZERO = 0;
    uint256 private constant CONSTANT = 1;
    uint256 private constant INPUT = 2;
    uint256 private constant NODE = 3;
    uint256 private constant PREVIOUS = 4;
    uint256 private constant SECTION = 5;

    function setUp() external {
        setUpJudge();
    }

    /// @dev All kinds, initial kinds, sections and indices around their ends, in the first and the second step of section 1.
    function test_judge_everyPlainReference_ofNode1() external {
        uint256 numRead;
        for (uint256 kind = 0; kind < 7; ++kind) {
            for (uint256 i = 0; kind != PREVIOUS && i < 7 * 2 * 4 * 2; ++i) {
                numRead += checkBoth(Operand(1, kind, i % 7, (i / 7) % 2, (i / 14) % 4, i / 56));
            }
        }
        assertEq(numRead, 16, "3 constants, 2 inputs, a node, 2 of a section, in two steps each");
    }

    function test_judge_everyPreviousReference_ofNode1() external {
        uint256 numRead;
        for (uint256 i = 0; i < 7 * 2 * 4 * 4; ++i) {
            numRead += checkBoth(Operand(1, PREVIOUS, i % 7, (i / 7) % 2, (i / 14) % 4, i / 56));
        }
        // Valid: zero, 4 constants, 4 inputs, twice 4 of a section, each for 3 nodes in the second step; in the first 3, 2 and 2 of them.
        assertEq(numRead, 3 * (1 + 4 + 4 + 8) + 3 * (3 + 2 + 2), "so many read something");
    }

    /// @dev In both steps, each in a call of its own: memory is free again.
    function checkBoth(Operand memory _operand) private returns (uint256 numRead_) {
        if (this.check(_operand, 0, 1)) ++numRead_;
        if (this.check(_operand, 0, 2)) ++numRead_;
    }

    /// @dev In section 0 no section is earlier.
    function test_judge_sectionOfTheFirstSection_isZero() external {
        Operand[3] memory operands;
        operands[0] = Operand(1, SECTION, 0, 0, 0, 0);
        bytes memory d = descriptor(256, operands);
        bytes memory evidence = setDescriptor(1, d);
        assertState(leafIndex(0, 1, 0), evidence, firstState(d, zeros(), 0, 0));
    }

    /// @dev Each operand has its own dtype and its own words.
    function test_judge_eachOperand_hasItsOwnReference() external {
        for (uint256 slot = 0; slot < 3; ++slot) {
            assertTrue(this.check(Operand(1, CONSTANT, 0, 0, slot, 0), slot, 1));
            assertTrue(this.check(Operand(255, INPUT, 0, 0, slot % 2, 0), slot, 2));
            // Without a dtype there is no operand, whatever its words say.
            assertFalse(this.check(Operand(0, CONSTANT, 0, 0, 1, 0), slot, 1));
        }
    }

    function test_judge_threeOperands_inOrder() external {
        Operand[3] memory operands;
        operands[0] = Operand(1, PREVIOUS, INPUT, 0, 2, 1);
        operands[1] = Operand(1, NODE, 0, 0, 0, 0);
        operands[2] = Operand(1, SECTION, 0, 0, 1, 0);
        bytes memory d = descriptor(256, operands);
        bytes32[3] memory roots;
        bytes[3] memory proofs;
        (roots[0], proofs[0]) = (_inputs[3], proof(_inputs, 0, 1));
        (roots[1], proofs[1]) = traced(1, 0);
        (roots[2], proofs[2]) = traced(0, 1);
        bytes memory evidence = bytes.concat(setDescriptor(3, d), proofs[0], proofs[1], proofs[2]);
        assertState(leafIndex(1, 1, 1), evidence, firstState(d, roots, 1, 0));
        (roots[0], proofs[0]) = traced(1, 2);
        (roots[1], proofs[1]) = traced(2, 0);
        evidence = bytes.concat(setDescriptor(3, d), proofs[0], proofs[1], proofs[2]);
        assertState(leafIndex(2, 1, 1), evidence, firstState(d, roots, 1, 1));
        // In another order the proofs prove nothing.
        evidence = bytes.concat(setDescriptor(3, d), proofs[1], proofs[0], proofs[2]);
        vm.expectRevert();
        this.judge(leafIndex(2, 1, 1), evidence);
    }

    /// @dev One operand alone, in a slot, of node 1 of section 1: the state has its root there and zero tensors elsewhere.
    function check(Operand memory _operand, uint256 _slot, uint256 _position) external returns (bool isRead_) {
        Operand[3] memory operands;
        operands[_slot] = _operand;
        bytes memory d = descriptor(256, operands);
        bytes memory read;
        bytes32[3] memory roots = zeros();
        (roots[_slot], read) = expected(_operand, _position);
        isRead_ = read.length > 0;
        bytes memory evidence = bytes.concat(setDescriptor(3, d), read);
        assertState(leafIndex(_position, 1, 0), evidence, firstState(d, roots, 0, _position - 1));
    }

    function assertState(uint256 _index, bytes memory _evidence, bytes32 _state) private view {
        (bool isDecided, bytes32 answer) = judge(_index, _evidence);
        assertFalse(isDecided, "computed");
        assertEq(answer, _state, "state");
    }

    function zeros() private pure returns (bytes32[3] memory roots_) {
        roots_[0] = zeroRoot(23);
        (roots_[1], roots_[2]) = (roots_[0], roots_[0]);
    }

    /// @dev The table of spec/02 §4, row by row.
    function expected(Operand memory _o, uint256 _position) private view returns (bytes32 root_, bytes memory proof_) {
        root_ = zeroRoot(23);
        if (_o.dtype == 0) return (root_, "");
        bool isPlain = _o.initKind == 0 && _o.initIndex == 0;
        if (_o.kind == CONSTANT && isPlain && _o.section == 0) return source(CONSTANT, 0, _o.index);
        if (_o.kind == INPUT && isPlain && _o.section == 0) return source(INPUT, 0, _o.index);
        if (_o.kind == NODE && isPlain && _o.section == 0 && _o.index == 0) return traced(_position, 0);
        if (_o.kind == SECTION && isPlain) return source(SECTION, _o.section, _o.index);
        if (_o.kind != PREVIOUS || _o.index > 2) return (root_, "");
        if (_o.initKind == ZERO && (_o.initIndex != 0 || _o.section != 0)) return (root_, "");
        if ((_o.initKind == CONSTANT || _o.initKind == INPUT) && _o.section != 0) return (root_, "");
        if (_o.initKind == NODE || _o.initKind == PREVIOUS || _o.initKind > SECTION) return (root_, "");
        if (_position == 2) return traced(1, _o.index);
        return source(_o.initKind, _o.section, _o.initIndex);
    }

    /// @dev What is not of this step, for a node of section 1.
    function source(uint256 _kind, uint256 _section, uint256 _index)
        private
        view
        returns (bytes32 root_, bytes memory proof_)
    {
        root_ = zeroRoot(23);
        if (_kind == CONSTANT && _index < NUM_CONSTANTS) return (_weights[4 + _index], proof(_weights, 0, _index));
        if (_kind == INPUT && _index < NUM_INPUTS) return (_inputs[2 + _index], proof(_inputs, 0, _index));
        if (_kind == SECTION && _section == 0 && _index < 2) return traced(0, _index);
    }
}
