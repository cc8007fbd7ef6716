// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IInferenceMarket} from "../../src/interfaces/IInferenceMarket.sol";
import {IMachineTransition} from "../../src/interfaces/IMachineTransition.sol";
import {ITournament} from "../../src/interfaces/ITournament.sol";
import {MachineModel} from "../../src/types/Machine.sol";
import {SparseTree} from "../base/SparseTree.sol";
import {Test} from "../base/Test.sol";
import {Vm} from "../base/Vm.sol";
import {WitnessBuilder} from "../base/WitnessBuilder.sol";
import {Deployer} from "./Deployer.sol";
import {ToyTree} from "./ToyTree.sol";

/// @notice Models without their proofs: what the registry costs a game does not depend on them.
contract OpenRegistry {
    mapping(bytes32 modelId => MachineModel) private _models;

    function add(bytes32 _modelId, MachineModel calldata _model) external {
        _models[_modelId] = _model;
    }

    function model(bytes32 _modelId) external view returns (MachineModel memory) {
        require(_models[_modelId].codeEnd != 0, "unknown model");
        return _models[_modelId];
    }
}

/// @notice Reads the recorded events in a contract of its own: decoding them inside a long test needs more stack slots than
/// the compiler has.
contract RefundReader is Test {
    /// @notice Gas that the events since the last call say was refunded.
    function refundedGas(uint256 _priceWei) external returns (uint256 gas_) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] != ITournament.Refunded.selector) continue;
            gas_ += abi.decode(logs[i].data, (uint256)) / _priceWei;
        }
    }
}

/// @notice One whole dispute of a lying server, 12 + 12 levels, on the real referee with its dearest instruction and the
/// longest paths: each transaction against the budgets of spec/06 §10, and what the game refunds for it.
/// @dev Every call is a transaction of its own here, calldata floor included. The claims are made up: only what the
/// contract looks at is true.
/// forge-config: default.isolate = true
contract Tournament_RealGas_Test is WitnessBuilder {
    using SparseTree for SparseTree.Tree;
    using ToyTree for bytes32[];

    bytes32 private constant MODEL = "model";
    uint32 private constant CODE_END = 16384;
    uint32 private constant OUTPUT = 0x80000000;
    uint256 private constant POSITION = 1;
    /// @dev Isolated transactions run at a base fee of zero: the price is the tip.
    uint256 private constant PRICE_WEI = 2 gwei;

    struct Side {
        address account;
        bytes32[] coarse;
        bytes32[] fine;
        bytes evidence;
        bytes32 result;
    }

    ITournament private _game;
    IInferenceMarket private _market;
    IMachineTransition private _transition;
    RefundReader private _reader;
    OpenRegistry private _registry;
    SparseTree.Tree private _memory;
    bytes32 private _rootId;
    bytes32 private _task;
    Prestate private _prestate;
    uint256 private _total;

    function setUp() external {
        _registry = new OpenRegistry();
        _transition = IMachineTransition(Deployer.transition());
        ITournament.Parameters memory p = ITournament.Parameters(600, 600, 900, 120, 200 gwei, 2 gwei);
        _game = ITournament(Deployer.tournament(address(_registry), address(_transition), p));
        _market = IInferenceMarket(Deployer.market(address(_registry), address(_game), 600, 0.5 ether));
        _prestate = dearestPrestate();
        _registry.add(MODEL, modelOf(codeRootOf(_prestate)));
        vm.warp(1_800_000_000);
        _reader = new RefundReader();
        vm.recordLogs();
    }

    function test_lyingServer_gas_isWithinBudgets() external {
        Side memory honest = sideOf("honest", "truth");
        Side memory liar = sideOf("liar", "lie");
        _task = _market.request{value: 1 ether}(MODEL, new bytes(784), uint40(block.timestamp + 1000), 0);
        note("request, 784 bytes", 0, false);
        vm.prank(liar.account);
        _market.submit{value: 0.5 ether}(_task, "lie", false);
        note("submit", 0, false);
        _rootId = _game.rootTournamentId(address(_market), _task);
        uint256 bond = _game.bondWei(MODEL, 0);
        vm.prank(honest.account);
        _market.challenge{value: bond}(_task, joinOf(honest));
        note("challenge", 270_000, true);
        vm.prank(liar.account);
        _game.joinRoot{value: bond}(_rootId, joinOf(liar));
        note("joinRoot, match made", 190_000, true);
        ITournament.MatchKey memory key =
            ITournament.MatchKey(_rootId, keyOf(honest, false), keyOf(liar, false));
        descend(_game.matchIdOf(key), honest.coarse, liar.coarse, honest.account, liar.account);
        ITournament.AgreedState memory prev;
        prev.stateHash = honest.coarse.at(0, POSITION - 1);
        prev.siblings = honest.coarse.siblings(POSITION - 1, 12);
        (bytes32 leafA, bytes32 leafB) = (honest.coarse.at(0, POSITION), liar.coarse.at(0, POSITION));
        vm.prank(honest.account);
        _game.sealCoarse(key, leafA, leafB, prev);
        note("sealCoarse", 250_000, true);
        playFine(key, honest, liar, leafA, leafB);
        finish(key, honest, leafA, leafB);
        vm.snapshotValue("Tournament", "whole dispute, challenge to payment", _total);
        assertLe(_total, 2_000_000, "whole match");
    }

    function playFine(
        ITournament.MatchKey memory _key,
        Side memory _honest,
        Side memory _liar,
        bytes32 _leafA,
        bytes32 _leafB
    ) private {
        uint256 bond = _game.bondWei(MODEL, 1);
        vm.prank(_honest.account);
        _game.joinInner{value: bond}(_key, _leafA, _leafB, _honest.fine.joinData(false));
        note("joinInner", 130_000, true);
        vm.prank(_liar.account);
        _game.joinInner{value: bond}(_key, _leafA, _leafB, _liar.fine.joinData(false));
        note("joinInner, match made", 190_000, true);
        bytes32 inner = _game.innerTournamentId(_game.matchIdOf(_key));
        ITournament.MatchKey memory key = ITournament.MatchKey(inner, keyOf(_honest, true), keyOf(_liar, true));
        descend(_game.matchIdOf(key), _honest.fine, _liar.fine, _honest.account, _liar.account);
        ITournament.AgreedState memory prev;
        prev.stateHash = _honest.fine.at(0, 0);
        prev.siblings = _honest.fine.siblings(0, 12);
        bytes memory witness = dataWitness(_prestate);
        (bytes32 leafA, bytes32 leafB) = (_honest.fine.at(0, 1), _liar.fine.at(0, 1));
        vm.prank(_honest.account);
        _game.sealFine(key, leafA, leafB, prev, witness);
        note("sealFine", 200_000, true);
    }

    function finish(ITournament.MatchKey memory _key, Side memory _honest, bytes32 _leafA, bytes32 _leafB) private {
        skip(2000);
        vm.prank(_honest.account);
        _game.finishInner(_key, _leafA, _leafB, keyOf(_honest, true));
        note("finishInner", 130_000, true);
        vm.prank(_honest.account);
        _game.finishRoot(_rootId, keyOf(_honest, false));
        note("finishRoot", 130_000, true);
        vm.prank(_honest.account);
        _market.resolve(_task);
        note("resolve", 0, true);
        vm.prank(_honest.account);
        _market.deliver(_task, "truth");
        note("deliver", 0, true);
        assertEq(_market.task(_task).result, _honest.result);
    }

    /// @dev The longest paths: the difference lies at leaf 1 of 4,096.
    function descend(bytes32 _matchId, bytes32[] memory _a, bytes32[] memory _b, address _sideA, address _sideB)
        private
    {
        bool isFine = _a[1] != 0 && _game.matchOf(_matchId).height == 12;
        for (uint256 i = 0; i < 3; ++i) {
            (bytes32[] memory x, bytes32[] memory y) = i % 2 == 0 ? (_a, _b) : (_b, _a);
            uint256 height = 12 - 4 * i;
            uint256 child = height == 4 ? POSITION : 0;
            bytes32 other = y.at(height - 4, child);
            bytes32[] memory path = x.path(y, height, 0, child);
            bytes32[] memory opened = x.opened(height - 4, child);
            vm.prank(i % 2 == 0 ? _sideA : _sideB);
            _game.move(_matchId, child, other, path, opened);
            note(string.concat("move ", vm.toString(i + 1)), 65_000, isFine);
        }
    }

    /// @dev Notes what the last call cost as a transaction, against its budget.
    function note(string memory _name, uint256 _budget, bool _counts) private {
        uint256 used = vm.lastCallGas().gasTotalUsed;
        if (_counts) _total += used;
        vm.snapshotValue("Tournament", _name, used);
        if (_budget == 0) return;
        assertLe(used, _budget, _name);
        uint256 refunded = _reader.refundedGas(PRICE_WEI);
        // Zero bytes of calldata are paid like the others: the refund is never short and not far above.
        assertGe(refunded, used);
        assertLe(refunded, used + 6_000, string.concat(_name, ": refund"));
    }

    function keyOf(Side memory _side, bool _isFine) private pure returns (ITournament.ClaimKey memory) {
        if (!_isFine) return ITournament.ClaimKey(_side.coarse[1], _side.result);
        return ITournament.ClaimKey(_side.fine[1], _side.fine.at(0, 4095));
    }

    function joinOf(Side memory _side) private pure returns (ITournament.JoinData memory join_) {
        join_ = _side.coarse.joinData(false);
        join_.evidence = _side.evidence;
    }

    function sideOf(string memory _name, bytes memory _output) private returns (Side memory side_) {
        side_.account = makeAccount(_name, 100 ether);
        bool isHonest = keccak256(_output) == keccak256("truth");
        bytes32 finalState;
        (side_.evidence, finalState, side_.result) = finalStateProof(_output);
        bytes32[] memory coarse = randomHashes(uint256(keccak256(_output)), 4096);
        coarse[0] = keccak256("agreed coarse leaf");
        coarse[4095] = finalState;
        side_.coarse = coarse.build();
        bytes32[] memory fine = randomHashes(uint256(keccak256(_output)) + 1, 4096);
        fine[0] = hashOf(_prestate);
        if (isHonest) fine[1] = trueNext();
        fine[4095] = coarse[POSITION];
        side_.fine = fine.build();
    }

    function trueNext() private view returns (bytes32) {
        return _transition.step(modelOf(codeRootOf(_prestate)), hashOf(_prestate), dataWitness(_prestate));
    }

    /// @dev A machine that has left with this output, all its registers in use.
    function finalStateProof(bytes memory _output)
        private
        returns (bytes memory proof_, bytes32 stateHash_, bytes32 result_)
    {
        _memory.write(OUTPUT, abi.encodePacked(bytes1(uint8(_output.length)), hex"000000", _output));
        uint32[32] memory r;
        for (uint256 i = 1; i < 32; ++i) r[i] = uint32(uint256(keccak256(abi.encode(i)))) | 0x01010101;
        (r[0], r[10]) = (0xffffff00, 0);
        uint256 slot = (uint256(OUTPUT) / 128) >> 13;
        bytes32 root = _memory.node(25, 0);
        result_ = _memory.node(13, slot);
        stateHash_ = hashState(r, root);
        proof_ = abi.encodePacked(
            packRegisters(r),
            root,
            result_,
            _memory.proof(13, slot, 25),
            _memory.blockAt(OUTPUT),
            _memory.proof(0, OUTPUT / 128, 13)
        );
        _memory.write(OUTPUT, new bytes(128));
    }

    /// @dev A store, at the end of 16 KiB of code, with random memory.
    function dearestPrestate() private pure returns (Prestate memory state_) {
        uint32 instruction = 0x0062a023;
        state_ = prestate(instruction, CODE_END);
        for (uint256 i = 1; i < 32; ++i) {
            state_.registers[i] = uint32(uint256(keccak256(abi.encode(i)))) | 0x01010101;
        }
        state_.registers[0] = 0x3ffc;
        putWord(state_.codeBlock, 0x3ffc, instruction);
        state_.registers[5] = 0xfffffffc;
        state_.dataAddress = 0xfffffffc;
    }

    function modelOf(bytes32 _codeRoot) private pure returns (MachineModel memory model_) {
        model_ = MachineModel({
            imageRoot: keccak256("image"),
            codeRoot: _codeRoot,
            entry: 0,
            codeEnd: CODE_END,
            inputAddress: 0x40000000,
            inputHeight: 13,
            outputAddress: OUTPUT,
            outputHeight: 13,
            coarseHeight: 12,
            fineHeight: 12
        });
    }
}
