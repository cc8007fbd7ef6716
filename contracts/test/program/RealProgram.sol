// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IInferenceMarket} from "../../src/interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {ITournament} from "../../src/interfaces/ITournament.sol";
import {Deployer} from "../dispute/Deployer.sol";
import {ProgramVectors} from "./ProgramVectors.sol";

/// @notice All the real contracts with the registered program of vectors/graph/disputes.json.
abstract contract RealProgram is ProgramVectors {
    uint256 internal constant SUBMIT_BOND = 0.5 ether;
    uint256 internal constant FEE = 1 ether;
    uint256 internal constant START_WEI = 100 ether;
    /// @dev When the disputes of the file begin.
    uint256 internal constant START = 1_800_000_000;

    IModelRegistry internal _registry;
    /// @dev Of the tournament; `_market` is at the address that the file's task ids are made of.
    ITournament internal _tournament;
    IInferenceMarket internal _market;
    bytes32 internal _modelId;
    address internal _honest;
    address internal _liar;
    address internal _requester;
    bytes internal _input;

    function setUpProgram() internal {
        loadProgram("disputes.json");
        _registry = IModelRegistry(Deployer.registry());
        bytes32[] memory siblings = vm.parseJsonBytes32Array(_json, ".codeSiblings");
        _modelId = _registry.registerProgram(_model, _sections, _outputs, _lengths, siblings);
        address referee = Deployer.referee(address(_registry), Deployer.machine(), Deployer.graph());
        ITournament.Parameters memory p = ITournament.Parameters(600, 600, 900, 120, 200 gwei, 2 gwei);
        _tournament = ITournament(Deployer.tournament(referee, p));
        address market = Deployer.market(referee, address(_tournament), 600, SUBMIT_BOND);
        _market = IInferenceMarket(account(".market"));
        vm.etch(address(_market), market.code);
        _input = hexOf(".input");
        (_honest, _liar, _requester) = (account(".honest"), account(".liar"), account(".requester"));
        vm.deal(_honest, START_WEI);
        vm.deal(_liar, START_WEI);
        vm.deal(_requester, START_WEI);
        vm.warp(START - 100);
    }

    function ask() internal returns (bytes32 taskId_) {
        uint40 deadline = uint40(block.timestamp + 50);
        vm.prank(_requester, _requester);
        taskId_ = _market.request{value: FEE}(_modelId, _input, deadline, 0);
    }

    function submit(bytes32 _taskId, bytes memory _output) internal {
        vm.prank(_liar, _liar);
        _market.submit{value: SUBMIT_BOND}(_taskId, _output, false);
    }

    /// @dev A call that must be refused with this reason: an error with its arguments, or its selector alone.
    function refusedByMarket(bytes memory _reason, address _sender, uint256 _valueWei, bytes memory _call) internal {
        vm.prank(_sender, _sender);
        (bool success, bytes memory data) = address(_market).call{value: _valueWei}(_call);
        assertFalse(success, "was not refused");
        if (_reason.length == 4) assertEq(bytes32(bytes4(data)), bytes32(bytes4(_reason)), "another reason");
        else assertEq(data, _reason, "another reason");
    }

    function selector(bytes4 _error) internal pure returns (bytes memory) {
        return abi.encodePacked(_error);
    }
}
