// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IGraphTransition} from "../../src/interfaces/IGraphTransition.sol";
import {ProgramModel} from "../../src/types/Program.sol";
import {Test} from "../base/Test.sol";
import {Deployer} from "../dispute/Deployer.sol";
import {ToyTree} from "../dispute/ToyTree.sol";

/// @notice A program whose descriptors are written by hand and a trace whose leaves are made up: what the contract concludes about any
/// descriptor. Section 0 has two nodes and one step, section 1 three nodes and two steps; three constants and two inputs. Everything that
/// is expected is worked out here, apart from the contract's code.
abstract contract JudgeTest is Test {
    using ToyTree for bytes32[];

    uint256 internal constant STEP_HEIGHT = 3;
    uint256 internal constant NODE_HEIGHT = 2;
    uint256 internal constant BLOCK_HEIGHT = 1;
    uint256 internal constant NUM_NODES = 5;
    uint256 internal constant NUM_CONSTANTS = 3;
    uint256 internal constant NUM_INPUTS = 2;
    uint32 internal constant ENTRY = 0x10004;

    /// @dev One operand's reference as the descriptor has it, and its dtype.
    struct Operand {
        uint256 dtype;
        uint256 kind;
        uint256 initKind;
        uint256 section;
        uint256 index;
        uint256 initIndex;
    }

    IGraphTransition internal _transition;
    ProgramModel internal _model;
    bytes32[] internal _sections;
    bytes32[] internal _trace;
    bytes32[] internal _weights;
    bytes32[] internal _inputs;
    bytes32[] private _program;
    bytes internal _haltBlock;

    function setUpJudge() internal {
        _transition = IGraphTransition(Deployer.graph());
        _model.kernelRoot = "kernel";
        _model.entry = ENTRY;
        (_model.numNodes, _model.numConstants, _model.numInputs) =
            (uint32(NUM_NODES), uint32(NUM_CONSTANTS), uint32(NUM_INPUTS));
        (_model.stepHeight, _model.nodeHeight, _model.blockHeight) =
            (uint8(STEP_HEIGHT), uint8(NODE_HEIGHT), uint8(BLOCK_HEIGHT));
        _weights = words("constant", 4).build();
        _model.weightsRoot = _weights[1];
        _inputs = words("input", 2).build();
        _trace = words("leaf", 64).build();
        setSections(0);
    }

    /// @param _haltPlus1 Of section 1.
    function setSections(uint256 _haltPlus1) internal {
        delete _sections;
        _sections.push(bytes32(uint256(2) << 192 | uint256(1) << 64));
        _sections.push(
            bytes32(
                uint256(2) << 224 | uint256(3) << 192 | uint256(1) << 128 | uint256(2) << 64 | _haltPlus1 << 32
            )
        );
        _model.sectionsHash = keccak256(abi.encodePacked(_sections));
    }

    function words(string memory _name, uint256 _count) private pure returns (bytes32[] memory words_) {
        words_ = new bytes32[](_count);
        for (uint256 i = 0; i < _count; ++i) words_[i] = keccak256(abi.encode(_name, i));
    }

    /// @dev Puts the block of a leaf of the trace.
    function setLeaf(uint256 _index, bytes memory _block) internal {
        bytes32[] memory leaves = new bytes32[](64);
        for (uint256 i = 0; i < 64; ++i) leaves[i] = i == _index ? keccak256(_block) : _trace[64 + i];
        _trace = leaves.build();
    }

    // Descriptors

    function descriptor(uint256 _lengthBytes, Operand[3] memory _operands) internal pure returns (bytes memory bytes_) {
        bytes_ = new bytes(512);
        uint256 dtypes = 1;
        for (uint256 i = 0; i < 3; ++i) dtypes |= _operands[i].dtype << (8 * (i + 1));
        put(bytes_, 0, 7);
        put(bytes_, 1, dtypes);
        put(bytes_, 3, _lengthBytes);
        for (uint256 i = 0; i < 3; ++i) {
            Operand memory o = _operands[i];
            put(bytes_, 10 + 3 * i, o.kind | o.initKind << 8 | o.section << 16);
            put(bytes_, 11 + 3 * i, o.index);
            put(bytes_, 12 + 3 * i, o.initIndex);
        }
    }

    /// @dev A little-endian word.
    function put(bytes memory _bytes, uint256 _word, uint256 _value) private pure {
        for (uint256 i = 0; i < 4; ++i) _bytes[4 * _word + i] = bytes1(uint8(_value >> (8 * i)));
    }

    /// @dev Makes it the descriptor of a node of all; gives the first part of the evidence.
    function setDescriptor(uint256 _number, bytes memory _descriptor) internal returns (bytes memory evidence_) {
        bytes32[] memory leaves = words("descriptor", 8);
        leaves[_number] = rootOf(_descriptor);
        _program = leaves.build();
        _model.programRoot = _program[1];
        evidence_ = abi.encodePacked(_descriptor, _program.siblings(_number, 3));
    }

    function rootOf(bytes memory _descriptor) internal pure returns (bytes32) {
        bytes32[] memory leaves = new bytes32[](4);
        for (uint256 i = 0; i < 4; ++i) leaves[i] = keccak256(part(_descriptor, 128 * i, 128));
        return leaves.build()[1];
    }

    function part(bytes memory _bytes, uint256 _from, uint256 _count) internal pure returns (bytes memory part_) {
        part_ = new bytes(_count);
        for (uint256 i = 0; i < _count; ++i) part_[i] = _bytes[_from + i];
    }

    // Proofs and places

    function leafIndex(uint256 _position, uint256 _node, uint256 _block) internal pure returns (uint256) {
        return 8 * _position + 2 * _node + _block;
    }

    /// @dev A node of a tree and its siblings up to the root.
    function proof(bytes32[] memory _tree, uint256 _height, uint256 _index) internal pure returns (bytes memory proof_) {
        proof_ = abi.encodePacked(_tree.at(_height, _index));
        for (uint256 h = _height; h < _tree.heightOf(); ++h) {
            proof_ = abi.encodePacked(proof_, _tree.at(h, (_index >> (h - _height)) ^ 1));
        }
    }

    function zeroRoot(uint256 _height) internal pure returns (bytes32 root_) {
        root_ = keccak256(new bytes(128));
        for (uint256 i = 0; i < _height; ++i) root_ = keccak256(abi.encodePacked(root_, root_));
    }

    /// @dev With zero subtrees to its right, up to a height.
    function lifted(bytes32 _root, uint256 _from, uint256 _to) internal pure returns (bytes32 root_) {
        root_ = _root;
        for (uint256 h = _from; h < _to; ++h) root_ = keccak256(abi.encodePacked(root_, zeroRoot(h)));
    }

    /// @dev An output of the trace as an operand: its root in a slot, and the proof of it.
    function traced(uint256 _position, uint256 _node) internal view returns (bytes32 root_, bytes memory proof_) {
        bytes32[] memory trace = _trace;
        uint256 place = 4 * _position + _node;
        root_ = lifted(trace.at(1, place), 1, 23);
        proof_ = proof(trace, 1, place);
    }

    /// @dev The state that spec/02 §9 says a node's run begins in.
    function firstState(bytes memory _descriptor, bytes32[3] memory _roots, uint256 _block, uint256 _step)
        internal
        view
        returns (bytes32)
    {
        bytes32 low = keccak256(abi.encodePacked(_model.kernelRoot, lifted(rootOf(_descriptor), 2, 17)));
        low = lifted(low, 18, 23);
        bytes32 left = keccak256(abi.encodePacked(low, _roots[0]));
        bytes32 memoryRoot = keccak256(abi.encodePacked(left, keccak256(abi.encodePacked(_roots[1], _roots[2]))));
        bytes memory registers;
        for (uint256 i = 0; i < 32; ++i) {
            uint256 value = i == 0 ? ENTRY : i == 10 ? _block : i == 11 ? _step : 0;
            registers = abi.encodePacked(registers, uint32(value));
        }
        return keccak256(abi.encodePacked(registers, memoryRoot));
    }

    function judge(uint256 _index, bytes memory _evidence) public view returns (bool isDecided_, bytes32 answer_) {
        return _transition.judge(_model, _inputs[1], _trace[1], _index, _sections, _evidence);
    }

    function assertRule(uint256 _index, bytes memory _evidence, bytes32 _leaf) internal view {
        (bool isDecided, bytes32 answer) = judge(_index, _evidence);
        assertTrue(isDecided, "decided");
        assertEq(answer, _leaf, "leaf");
    }
}
