// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IGraphTransition} from "../interfaces/IGraphTransition.sol";
import {IMachineTransition} from "../interfaces/IMachineTransition.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IReferee} from "../interfaces/IReferee.sol";
import {Kinds} from "../libraries/Kinds.sol";
import {MerkleMemory} from "../libraries/MerkleMemory.sol";
import {GameTerms} from "../types/GameTerms.sol";
import {ProgramRecord} from "../types/Program.sol";

/// @title Model ids in, truths out
/// @notice Joins the registry with the rules of the machine and of tensor programs, so that a game knows nothing of models.
contract Referee is IReferee {
    IModelRegistry public immutable REGISTRY;
    IMachineTransition public immutable MACHINE;
    IGraphTransition public immutable GRAPH;

    constructor(IModelRegistry _registry, IMachineTransition _machine, IGraphTransition _graph) {
        REGISTRY = _registry;
        MACHINE = _machine;
        GRAPH = _graph;
    }

    /// @inheritdoc IReferee
    function rootLevel(bytes32 _modelId) external view returns (uint8, uint8, uint16, uint8, uint8) {
        GameTerms memory terms = REGISTRY.termsOf(_modelId);
        return (terms.kind, terms.rootHeight, terms.words, terms.coarseHeight, terms.fineHeight);
    }

    /// @inheritdoc IReferee
    function level(bytes32 _modelId, uint8 _kind) external view returns (uint8, uint16) {
        GameTerms memory terms = REGISTRY.termsOf(_modelId);
        if (_kind == terms.kind) return (terms.rootHeight, terms.words);
        if (_kind == Kinds.BLOCK && terms.kind == Kinds.GRAPH) return (terms.coarseHeight, 0);
        if (_kind == Kinds.FINE && terms.fineHeight > 0) return (terms.fineHeight, 0);
        revert KindNotPlayed(_modelId, _kind);
    }

    /// @inheritdoc IReferee
    function resultOf(bytes32 _modelId, bytes32 _traceRoot, bytes32 _lastLeaf, bytes calldata _evidence)
        external
        view
        returns (bytes32 result_)
    {
        if (REGISTRY.isProgram(_modelId)) {
            if (_lastLeaf != 0) revert LastLeafUnexpected(_lastLeaf);
            ProgramRecord memory record = REGISTRY.recordOf(_modelId);
            return GRAPH.resultOf(record.model, _traceRoot, record.sections, record.outputs, _evidence);
        }
        bytes32 stateHash;
        (stateHash, result_) = MACHINE.resultOf(REGISTRY.model(_modelId), _evidence);
        if (stateHash != _lastLeaf) revert FinalStateMismatch(_lastLeaf, stateHash);
    }

    /// @inheritdoc IReferee
    function leafOf(bytes32 _modelId, bytes32 _lastLeaf, bytes calldata _evidence)
        external
        view
        returns (bytes32 leaf_)
    {
        bytes32 stateHash;
        (stateHash, leaf_) = GRAPH.leafOf(REGISTRY.outputBlockOf(_modelId), _evidence);
        if (stateHash != _lastLeaf) revert FinalStateMismatch(_lastLeaf, stateHash);
    }

    /// @inheritdoc IReferee
    function initialStateHash(bytes32 _modelId, bytes32 _inputRoot, bytes32[] calldata _siblings)
        external
        view
        returns (bytes32)
    {
        return MACHINE.initialStateHash(REGISTRY.model(_modelId), _inputRoot, _siblings);
    }

    /// @inheritdoc IReferee
    function step(bytes32 _modelId, bytes32 _prestateHash, bytes calldata _witness) external view returns (bytes32) {
        (bytes32 codeRoot, uint32 codeEnd) = REGISTRY.codeOf(_modelId);
        return MACHINE.step(codeRoot, codeEnd, _prestateHash, _witness);
    }

    /// @inheritdoc IReferee
    function judge(bytes32 _modelId, bytes32 _inputRoot, bytes32 _traceRoot, uint256 _index, bytes calldata _evidence)
        external
        view
        returns (bool, bytes32)
    {
        ProgramRecord memory record = REGISTRY.recordOf(_modelId);
        return GRAPH.judge(record.model, _inputRoot, _traceRoot, _index, record.sections, _evidence);
    }

    /// @inheritdoc IReferee
    function inputRootFrom(bytes32 _modelId, bytes calldata _content) external view returns (bytes32) {
        if (REGISTRY.isProgram(_modelId)) {
            ProgramRecord memory record = REGISTRY.recordOf(_modelId);
            return GRAPH.inputRootFrom(record.model, record.inputs, _content);
        }
        return MerkleMemory.slotRoot(_content, REGISTRY.model(_modelId).inputHeight);
    }

    /// @inheritdoc IReferee
    function resultFrom(bytes32 _modelId, bytes calldata _content) external view returns (bytes32) {
        if (REGISTRY.isProgram(_modelId)) {
            ProgramRecord memory record = REGISTRY.recordOf(_modelId);
            return GRAPH.resultFrom(record.model, record.outputs, _content);
        }
        return MerkleMemory.slotRoot(_content, REGISTRY.model(_modelId).outputHeight);
    }
}
