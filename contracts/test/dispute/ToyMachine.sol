// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MachineModel} from "../../src/types/Machine.sol";

/// @notice A machine whose step is one hash, behind the calls of IMachineTransition: games of any height with cheap proofs.
/// @dev Not declared as an IMachineTransition, whose functions are pure: results can be set here.
contract ToyMachine {
    error WrongWitness();

    mapping(bytes32 stateHash => bytes32) private _results;
    bool private _burnsGas;

    /// @notice A run that ends in `_state` answers `_result` (without this: the state's own hash).
    function setResult(bytes32 _state, bytes32 _result) external {
        _results[_state] = _result;
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
    function step(MachineModel calldata, bytes32 _prestate, bytes calldata _witness) external view returns (bytes32) {
        if (_witness.length != 32 || bytes32(_witness) != _prestate) revert WrongWitness();
        // An address that answers nothing in time.
        while (_burnsGas) {}
        return next(_prestate);
    }

    function next(bytes32 _state) public pure returns (bytes32) {
        return keccak256(abi.encode("step", _state));
    }
}

/// @notice Models of any height, zero included.
contract ToyRegistry {
    mapping(bytes32 modelId => MachineModel) private _models;

    function add(bytes32 _modelId, uint8 _coarseHeight, uint8 _fineHeight, uint8 _slotHeight) external {
        MachineModel storage stored = _models[_modelId];
        stored.coarseHeight = _coarseHeight;
        stored.fineHeight = _fineHeight;
        stored.inputHeight = _slotHeight;
        stored.outputHeight = _slotHeight;
        stored.codeEnd = 128;
    }

    function model(bytes32 _modelId) external view returns (MachineModel memory) {
        require(_models[_modelId].codeEnd != 0, "unknown model");
        return _models[_modelId];
    }
}
