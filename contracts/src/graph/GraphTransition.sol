// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IGraphTransition} from "../interfaces/IGraphTransition.sol";
import {Cursor, Evidence} from "../libraries/Evidence.sol";
import {MerkleMemory} from "../libraries/MerkleMemory.sol";
import {OutputWord, PROGRAM_RESULT_TAG, ProgramModel, SectionWord} from "../types/Program.sol";
import {HaltPc} from "../vm/HaltPc.sol";
import {MachineState, StateAccess} from "../vm/StateAccess.sol";
import {Descriptor, Reference} from "./Descriptor.sol";

/// @title The rules of tensor programs behind one address
/// @notice Stateless. Says what is true at one leaf of a trace tree once everything left of it is agreed
/// (spec/06-dispute §5), and what a whole trace stands for.
contract GraphTransition is IGraphTransition {
    using Evidence for Cursor;
    using StateAccess for MachineState;

    uint32 private constant A0 = 10;
    uint32 private constant A1 = 11;

    /// @dev An operand's place in memory, a constant and an input have this height (1 GiB).
    uint256 private constant SLOT_HEIGHT = 23;
    /// @dev The guest image: the lower 16 MiB. The descriptor follows it.
    uint256 private constant KERNEL_HEIGHT = 17;

    /// @dev One leaf: where it is, and what proves things left of it.
    struct Leaf {
        bytes32 inputRoot;
        bytes32 traceRoot;
        uint256 position;
        uint256 node;
        uint256 blockIndex;
        /// Number of the section that the position is in.
        uint256 sectionIndex;
        SectionWord section;
    }

    /// @inheritdoc IGraphTransition
    function judge(
        ProgramModel calldata _model,
        bytes32 _inputRoot,
        bytes32 _traceRoot,
        uint256 _index,
        bytes32[] calldata _sections,
        bytes calldata _evidence
    ) external pure returns (bool isDecided_, bytes32 answer_) {
        checkWords(_model.sectionsHash, _sections);
        Cursor memory cursor = Evidence.open(_evidence);
        Leaf memory leaf = locate(_model, _index, _sections);
        (leaf.inputRoot, leaf.traceRoot) = (_inputRoot, _traceRoot);
        (isDecided_, answer_) = judgeLeaf(_model, leaf, _sections, cursor);
        cursor.close();
    }

    /// @inheritdoc IGraphTransition
    function resultOf(
        ProgramModel calldata _model,
        bytes32 _traceRoot,
        bytes32[] calldata _sections,
        bytes32[] calldata _outputs,
        bytes calldata _evidence
    ) external pure returns (bytes32 result_) {
        checkWords(_model.sectionsHash, _sections);
        checkWords(_model.outputsHash, _outputs);
        Cursor memory cursor = Evidence.open(_evidence);
        bytes32[] memory roots = new bytes32[](_outputs.length);
        for (uint256 i = 0; i < roots.length; ++i) {
            OutputWord output = OutputWord.wrap(_outputs[i]);
            uint256 position = SectionWord.wrap(_sections[output.section()]).lastPosition();
            roots[i] = cursor.takeNode(
                _traceRoot, position << _model.nodeHeight | output.node(), _model.stepHeight + _model.nodeHeight
            );
        }
        cursor.close();
        result_ = joinRoots(roots);
    }

    /// @inheritdoc IGraphTransition
    function leafOf(uint32 _outputBlockAddress, bytes calldata _evidence)
        external
        pure
        returns (bytes32 stateHash_, bytes32 leaf_)
    {
        MachineState memory state = StateAccess.read(_evidence);
        stateHash_ = state.hash();
        leaf_ = MerkleMemory.ZERO_BLOCK_HASH;
        if (state.readPc() == HaltPc.EXIT && state.readRegister(A0) == 0) {
            leaf_ = state.takeHash(_evidence);
            MerkleMemory.checkProof(
                state.memoryRoot,
                leaf_,
                _outputBlockAddress / MerkleMemory.BLOCK_BYTES,
                MerkleMemory.MEMORY_HEIGHT,
                state.takeSiblings(_evidence, MerkleMemory.MEMORY_HEIGHT)
            );
        }
        state.close(_evidence);
    }

    /// @inheritdoc IGraphTransition
    function resultFrom(ProgramModel calldata _model, bytes32[] calldata _outputs, bytes calldata _content)
        external
        pure
        returns (bytes32 result_)
    {
        checkWords(_model.outputsHash, _outputs);
        bytes32[] memory roots = new bytes32[](_outputs.length);
        uint256 end;
        for (uint256 i = 0; i < roots.length; ++i) {
            uint256 start = end;
            end += OutputWord.wrap(_outputs[i]).lengthBytes();
            if (end > _content.length) revert ResultLengthMismatch(end, _content.length);
            roots[i] = MerkleMemory.subtreeRoot(_content[start:end], _model.blockHeight);
        }
        if (end != _content.length) revert ResultLengthMismatch(end, _content.length);
        result_ = joinRoots(roots);
    }

    /// @inheritdoc IGraphTransition
    function inputRootFrom(ProgramModel calldata _model, bytes32[] calldata _lengths, bytes calldata _content)
        external
        pure
        returns (bytes32 inputRoot_)
    {
        checkWords(_model.inputsHash, _lengths);
        // Without an input the root is that of one without bytes.
        bytes32[] memory roots = new bytes32[](_lengths.length == 0 ? 1 : _lengths.length);
        uint256 end;
        for (uint256 i = 0; i < roots.length; ++i) {
            uint256 start = end;
            if (i < _lengths.length) end += uint256(_lengths[i]);
            if (end > _content.length) revert InputLengthMismatch(end, _content.length);
            roots[i] = MerkleMemory.subtreeRoot(_content[start:end], SLOT_HEIGHT);
        }
        if (end != _content.length) revert InputLengthMismatch(end, _content.length);
        inputRoot_ = MerkleMemory.rootOver(roots, SLOT_HEIGHT);
    }

    /// @dev The leaf's rule, from the cheapest on: past the end of a run, of a step, of an output; after the halt; computed.
    function judgeLeaf(
        ProgramModel calldata _model,
        Leaf memory _leaf,
        bytes32[] calldata _sections,
        Cursor memory _cursor
    ) private pure returns (bool isDecided_, bytes32 answer_) {
        SectionWord section = _leaf.section;
        if (_leaf.position > section.lastPosition() || _leaf.node >= section.numNodes()) {
            return (true, MerkleMemory.ZERO_BLOCK_HASH);
        }
        bytes calldata descriptor = _cursor.takeBytes(Descriptor.BYTES);
        bytes32 descriptorRoot = MerkleMemory.subtreeRoot(descriptor, Descriptor.HEIGHT);
        _cursor.checkNode(
            descriptorRoot, _model.programRoot, section.firstNode() + _leaf.node, MerkleMemory.heightOver(_model.numNodes)
        );
        if (_leaf.blockIndex * MerkleMemory.BLOCK_BYTES >= Descriptor.lengthBytes(descriptor)) {
            return (true, MerkleMemory.ZERO_BLOCK_HASH);
        }
        uint256 step = _leaf.position - section.firstPosition();
        if (step > 0 && section.haltNodePlus1() > 0 && hasHalted(_model, _leaf, _cursor)) {
            return (true, takeLeaf(_model, _leaf, _leaf.position - 1, _leaf.node, _leaf.blockIndex, _cursor));
        }
        bytes32[3] memory operands;
        for (uint256 i = 0; i < 3; ++i) {
            operands[i] = operandRoot(_model, _leaf, _sections, Descriptor.referenceOf(descriptor, i), _cursor);
        }
        answer_ = initialStateHash(_model, descriptorRoot, operands, _leaf.blockIndex, step);
    }

    /// @dev Where a leaf is: the section is the last one that begins at or before its position.
    function locate(ProgramModel calldata _model, uint256 _index, bytes32[] calldata _sections)
        private
        pure
        returns (Leaf memory leaf_)
    {
        leaf_.blockIndex = _index & ((1 << _model.blockHeight) - 1);
        leaf_.node = (_index >> _model.blockHeight) & ((1 << _model.nodeHeight) - 1);
        leaf_.position = _index >> (_model.blockHeight + _model.nodeHeight);
        // INVARIANT: a registered model has a section, and the first begins at position 0.
        uint256 next = 1;
        while (next < _sections.length && SectionWord.wrap(_sections[next]).firstPosition() <= leaf_.position) ++next;
        leaf_.sectionIndex = next - 1;
        leaf_.section = SectionWord.wrap(_sections[next - 1]);
    }

    /// @dev Whether the halt word of the step before is not zero. Steps after the halt repeat it, so one look is enough.
    function hasHalted(ProgramModel calldata _model, Leaf memory _leaf, Cursor memory _cursor)
        private
        pure
        returns (bool hasHalted_)
    {
        bytes calldata haltBlock = _cursor.takeBytes(MerkleMemory.BLOCK_BYTES);
        uint256 haltNode = _leaf.section.haltNodePlus1() - 1;
        uint256 index = leafIndex(_model, _leaf.position - 1, haltNode, 0);
        _cursor.checkNode(MerkleMemory.subtreeRoot(haltBlock, 0), _leaf.traceRoot, index, traceHeight(_model));
        hasHalted_ = bytes4(haltBlock[:4]) != 0;
    }

    /// @dev A leaf left of the one in dispute.
    function takeLeaf(
        ProgramModel calldata _model,
        Leaf memory _leaf,
        uint256 _position,
        uint256 _node,
        uint256 _blockIndex,
        Cursor memory _cursor
    ) private pure returns (bytes32 hash_) {
        uint256 index = leafIndex(_model, _position, _node, _blockIndex);
        hash_ = _cursor.takeNode(_leaf.traceRoot, index, traceHeight(_model));
    }

    /// @dev Root of an operand's slot of memory. What a reference cannot name is the zero tensor.
    function operandRoot(
        ProgramModel calldata _model,
        Leaf memory _leaf,
        bytes32[] calldata _sections,
        Reference memory _ref,
        Cursor memory _cursor
    ) private pure returns (bytes32 root_) {
        (uint256 kind, uint256 index) = (_ref.kind, _ref.index);
        if (kind == Descriptor.NODE) {
            if (index < _leaf.node) return takeOutput(_model, _leaf, _leaf.position, index, _cursor);
            return MerkleMemory.zeroHash(SLOT_HEIGHT);
        }
        if (kind == Descriptor.PREVIOUS) {
            if (index >= _leaf.section.numNodes()) return MerkleMemory.zeroHash(SLOT_HEIGHT);
            if (_leaf.position > _leaf.section.firstPosition()) {
                return takeOutput(_model, _leaf, _leaf.position - 1, index, _cursor);
            }
            (kind, index) = (_ref.initKind, _ref.initIndex);
        }
        if (kind == Descriptor.CONSTANT && index < _model.numConstants) {
            return _cursor.takeNode(_model.weightsRoot, index, MerkleMemory.heightOver(_model.numConstants));
        }
        if (kind == Descriptor.INPUT && index < _model.numInputs) {
            return _cursor.takeNode(_leaf.inputRoot, index, MerkleMemory.heightOver(_model.numInputs));
        }
        if (kind == Descriptor.SECTION && _ref.section < _leaf.sectionIndex) {
            SectionWord section = SectionWord.wrap(_sections[_ref.section]);
            if (index < section.numNodes()) {
                return takeOutput(_model, _leaf, section.lastPosition(), index, _cursor);
            }
        }
        return MerkleMemory.zeroHash(SLOT_HEIGHT);
    }

    /// @dev A whole output left of the leaf in dispute, lifted to the height of an operand's slot.
    function takeOutput(
        ProgramModel calldata _model,
        Leaf memory _leaf,
        uint256 _position,
        uint256 _node,
        Cursor memory _cursor
    ) private pure returns (bytes32 root_) {
        uint256 place = _position << _model.nodeHeight | _node;
        root_ = _cursor.takeNode(_leaf.traceRoot, place, _model.stepHeight + _model.nodeHeight);
        root_ = MerkleMemory.lift(root_, _model.blockHeight, SLOT_HEIGHT);
    }

    /// @dev The machine before its first instruction (spec/02-program §9): memory from roots alone.
    function initialStateHash(
        ProgramModel calldata _model,
        bytes32 _descriptorRoot,
        bytes32[3] memory _operands,
        uint256 _blockIndex,
        uint256 _step
    ) private pure returns (bytes32 stateHash_) {
        bytes32 behindKernel = MerkleMemory.lift(_descriptorRoot, Descriptor.HEIGHT, KERNEL_HEIGHT);
        bytes32 low = MerkleMemory.hashPair(_model.kernelRoot, behindKernel);
        low = MerkleMemory.lift(low, KERNEL_HEIGHT + 1, SLOT_HEIGHT);
        MachineState memory state;
        state.memoryRoot = MerkleMemory.hashPair(
            MerkleMemory.hashPair(low, _operands[0]), MerkleMemory.hashPair(_operands[1], _operands[2])
        );
        state.writePc(_model.entry);
        // SAFETY: a block index has at most 23 bits, a step at most 32.
        state.writeRegister(A0, uint32(_blockIndex));
        state.writeRegister(A1, uint32(_step));
        stateHash_ = state.hash();
    }

    /// @dev Index of a leaf of the trace tree.
    function leafIndex(ProgramModel calldata _model, uint256 _position, uint256 _node, uint256 _blockIndex)
        private
        pure
        returns (uint256 index_)
    {
        index_ = (_position << _model.nodeHeight | _node) << _model.blockHeight | _blockIndex;
    }

    function traceHeight(ProgramModel calldata _model) private pure returns (uint256 height_) {
        height_ = uint256(_model.stepHeight) + _model.nodeHeight + _model.blockHeight;
    }

    /// @dev The result that some outputs make.
    function joinRoots(bytes32[] memory _roots) private pure returns (bytes32 result_) {
        result_ = keccak256(abi.encodePacked(PROGRAM_RESULT_TAG, _roots));
    }

    function checkWords(bytes32 _expected, bytes32[] calldata _words) private pure {
        bytes32 actual = keccak256(abi.encodePacked(_words));
        if (actual != _expected) revert WordsMismatch(_expected, actual);
    }
}
