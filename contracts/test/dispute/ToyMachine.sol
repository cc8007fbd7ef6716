// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {GameTerms} from "../../src/types/GameTerms.sol";
import {MachineModel} from "../../src/types/Machine.sol";
import {ProgramModel, ProgramRecord} from "../../src/types/Program.sol";

/// @notice A machine whose step is one hash, and tensor programs whose leaves follow from the leaf before, behind the calls of
/// IMachineTransition and IGraphTransition: games of any height with cheap proofs.
/// @dev Not declared as what it stands for, whose functions are pure: results can be set here.
contract ToyMachine {
    error WrongWitness();

    mapping(bytes32 last => bytes32) private _results;
    bool private _burnsGas;

    /// @notice A run that ends in this state, or in this leaf of a program's trace, answers `_result` (without this: a hash of it).
    function setResult(bytes32 _last, bytes32 _result) external {
        _results[_last] = _result;
    }

    /// @notice From now on a step uses up all gas it gets.
    function burnGas() external {
        _burnsGas = true;
    }

    function initialStateHash(MachineModel calldata, bytes32 _inputRoot, bytes32[] calldata)
        external
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode("start", _inputRoot));
    }

    /// @param _proof The final state hash, 32 bytes.
    function resultOf(MachineModel calldata, bytes calldata _proof) external view returns (bytes32, bytes32) {
        if (_proof.length != 32) revert WrongWitness();
        bytes32 state = bytes32(_proof);
        return (state, resultOfState(state));
    }

    function resultOfState(bytes32 _state) public view returns (bytes32) {
        bytes32 result = _results[_state];
        return result == 0 ? keccak256(abi.encode("result", _state)) : result;
    }

    /// @param _witness The state hash before, 32 bytes.
    function step(bytes32, uint32, bytes32 _prestate, bytes calldata _witness) external view returns (bytes32) {
        if (_witness.length != 32 || bytes32(_witness) != _prestate) revert WrongWitness();
        // An address that answers nothing in time.
        while (_burnsGas) {}
        return next(_prestate);
    }

    function next(bytes32 _state) public pure returns (bytes32) {
        return keccak256(abi.encode("step", _state));
    }

    /// @param _evidence The last leaf and its siblings, proven in the trace.
    function resultOf(
        ProgramModel calldata _model,
        bytes32 _traceRoot,
        bytes32[] calldata,
        bytes32[] calldata,
        bytes calldata _evidence
    ) external view returns (bytes32) {
        return resultOfState(proven(_traceRoot, (1 << _model.stepHeight) - 1, _model.stepHeight, _evidence));
    }

    /// @notice Every fourth leaf is told by a rule, the others are computed by the machine.
    /// @param _evidence The leaf before and its siblings, proven in the trace; nothing before leaf 0.
    function judge(
        ProgramModel calldata _model,
        bytes32 _inputRoot,
        bytes32 _traceRoot,
        uint256 _index,
        bytes32[] calldata,
        bytes calldata _evidence
    ) external pure returns (bool isDecided_, bytes32 answer_) {
        if (_index == 0 && _evidence.length != 0) revert WrongWitness();
        bytes32 before = _index == 0 ? _inputRoot : proven(_traceRoot, _index - 1, _model.stepHeight, _evidence);
        isDecided_ = _index % 4 == 3;
        answer_ = keccak256(abi.encode(isDecided_ ? "rule" : "block", _index, before));
    }

    /// @param _evidence The final state hash, 32 bytes.
    function leafOf(uint32, bytes calldata _evidence) external pure returns (bytes32, bytes32) {
        if (_evidence.length != 32) revert WrongWitness();
        return (bytes32(_evidence), keccak256(abi.encode("leaf", bytes32(_evidence))));
    }

    function proven(bytes32 _root, uint256 _index, uint256 _height, bytes calldata _evidence)
        private
        pure
        returns (bytes32 leaf_)
    {
        if (_evidence.length != 32 * (1 + _height)) revert WrongWitness();
        leaf_ = bytes32(_evidence);
        bytes32 node = leaf_;
        for (uint256 j = 0; j < _height; ++j) {
            bytes32 sibling = bytes32(_evidence[32 * (j + 1):]);
            bool isRight = (_index >> j) & 1 == 1;
            node = keccak256(isRight ? abi.encodePacked(sibling, node) : abi.encodePacked(node, sibling));
        }
        if (node != _root) revert WrongWitness();
    }
}

/// @notice Models of any height without their checks.
contract ToyRegistry {
    mapping(bytes32 modelId => MachineModel) private _models;
    mapping(bytes32 modelId => ProgramRecord) private _records;
    mapping(bytes32 modelId => GameTerms) private _terms;

    function add(bytes32 _modelId, uint8 _coarseHeight, uint8 _fineHeight, uint8 _slotHeight) external {
        MachineModel storage stored = _models[_modelId];
        stored.coarseHeight = _coarseHeight;
        stored.fineHeight = _fineHeight;
        stored.inputHeight = _slotHeight;
        stored.outputHeight = _slotHeight;
        stored.codeEnd = 128;
        _terms[_modelId] = GameTerms(0, _coarseHeight, _coarseHeight, _fineHeight, 0, 128, 0);
    }

    /// @notice A machine program as it is.
    function addMachine(bytes32 _modelId, MachineModel calldata _model) external {
        _models[_modelId] = _model;
        (uint8 coarse, uint8 fine) = (_model.coarseHeight, _model.fineHeight);
        _terms[_modelId] = GameTerms(0, coarse, coarse, fine, 0, _model.codeEnd, _model.codeRoot);
    }

    /// @notice A tensor program as it is, with the words of its evidence.
    function addProgram(bytes32 _modelId, ProgramRecord calldata _record, uint16 _words) external {
        _records[_modelId] = _record;
        ProgramModel memory p = _record.model;
        uint8 height = p.stepHeight + p.nodeHeight + p.blockHeight;
        _terms[_modelId] = GameTerms(2, height, p.coarseHeight, p.fineHeight, _words, p.codeEnd, p.codeRoot);
    }

    function model(bytes32 _modelId) external view returns (MachineModel memory) {
        if (_models[_modelId].codeEnd == 0) revert IModelRegistry.UnknownModel(_modelId);
        return _models[_modelId];
    }

    function termsOf(bytes32 _modelId) public view returns (GameTerms memory) {
        if (_terms[_modelId].codeEnd == 0) revert IModelRegistry.UnknownModel(_modelId);
        return _terms[_modelId];
    }

    function codeOf(bytes32 _modelId) external view returns (bytes32, uint32) {
        GameTerms memory terms = termsOf(_modelId);
        return (terms.codeRoot, terms.codeEnd);
    }

    function isRegistered(bytes32 _modelId) external view returns (bool) {
        return _terms[_modelId].codeEnd != 0;
    }

    function isProgram(bytes32 _modelId) public view returns (bool) {
        return _records[_modelId].model.codeEnd != 0;
    }

    function recordOf(bytes32 _modelId) public view returns (ProgramRecord memory) {
        if (!isProgram(_modelId)) revert IModelRegistry.UnknownModel(_modelId);
        return _records[_modelId];
    }

    function program(bytes32 _modelId) external view returns (ProgramModel memory) {
        return recordOf(_modelId).model;
    }

    function outputBlockOf(bytes32 _modelId) external view returns (uint32) {
        return recordOf(_modelId).model.outputBlockAddress;
    }

    function inputsOf(bytes32 _modelId) external view returns (bytes32[] memory) {
        return recordOf(_modelId).inputs;
    }
}
