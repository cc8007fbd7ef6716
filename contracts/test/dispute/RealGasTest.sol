// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IInferenceMarket} from "../../src/interfaces/IInferenceMarket.sol";
import {IMachineTransition} from "../../src/interfaces/IMachineTransition.sol";
import {ITournament} from "../../src/interfaces/ITournament.sol";
import {MachineModel} from "../../src/types/Machine.sol";
import {SparseTree} from "../base/SparseTree.sol";
import {WitnessBuilder} from "../base/WitnessBuilder.sol";
import {DeepTree} from "./DeepTree.sol";
import {Deployer} from "./Deployer.sol";
import {GasNotes} from "./GasNotes.sol";
import {ToyRegistry} from "./ToyMachine.sol";

/// @notice One whole dispute of a lying server on the real referee with its dearest instruction and the longest paths:
/// each transaction against the budgets of spec/06 §10, and what the game refunds for it.
/// @dev The claims are made up: only what the contract looks at is true.
abstract contract RealGasTest is WitnessBuilder, GasNotes {
    using SparseTree for SparseTree.Tree;
    using DeepTree for DeepTree.Tree;

    bytes32 internal constant MODEL = "model";
    uint32 private constant OUTPUT = 0x80000000;
    uint256 private constant POSITION = 1;

    struct Side {
        address account;
        DeepTree.Tree coarse;
        DeepTree.Tree fine;
        bytes evidence;
        bytes32 result;
        bytes output;
    }

    IInferenceMarket internal _market;
    IMachineTransition private _transition;
    ToyRegistry private _registry;
    SparseTree.Tree private _memory;
    bytes32 internal _rootId;
    bytes32 internal _task;
    Prestate private _prestate;
    uint8 private _coarseHeight;
    uint8 private _fineHeight;
    uint32 private _codeEnd;

    function setUpDispute(string memory _name, uint8 _coarse, uint8 _fine, uint32 _code) internal {
        (_coarseHeight, _fineHeight, _codeEnd) = (_coarse, _fine, _code);
        _registry = new ToyRegistry();
        _transition = IMachineTransition(Deployer.machine());
        address referee = Deployer.referee(address(_registry), address(_transition), Deployer.graph());
        ITournament.Parameters memory p = ITournament.Parameters(600, 600, 900, 120, 200 gwei, 2 gwei);
        _game = ITournament(Deployer.tournament(referee, p));
        _market = IInferenceMarket(Deployer.market(referee, address(_game), 600, 0.5 ether));
        _prestate = dearestPrestate();
        _registry.addMachine(MODEL, modelOf(codeRootOf(_prestate)));
        vm.warp(1_800_000_000);
        beginNotes(_name);
    }

    /// @dev From the request to the coarse match.
    function begin(Side memory _honest, Side memory _liar) internal returns (ITournament.MatchKey memory key_) {
        _task = _market.request{value: 1 ether}(MODEL, new bytes(784), uint40(block.timestamp + 1000), 0);
        note("request, 784 bytes", 0, false);
        as_(_liar);
        _market.submit{value: 0.5 ether}(_task, _liar.output, false);
        note("submit", 0, false);
        _rootId = _game.rootTournamentId(address(_market), _task);
        uint256 bond = _game.bondWei(MODEL, 0);
        uint256 deepGas = 700 * (_coarseHeight - 12);
        as_(_honest);
        _market.challenge{value: bond}(_task, joinOf(_honest));
        note("challenge", 300_000 + deepGas, true);
        as_(_liar);
        _game.joinRoot{value: bond}(_rootId, joinOf(_liar));
        note("joinRoot, match made", 210_000 + deepGas, true);
        key_ = ITournament.MatchKey(_rootId, keyOf(_honest, false), keyOf(_liar, false));
    }

    function playCoarse(ITournament.MatchKey memory _key, Side memory _honest, Side memory _liar)
        internal
        returns (bytes32 leafA_, bytes32 leafB_)
    {
        descend(_key, _honest.coarse, _liar.coarse, _honest, _liar);
        (leafA_, leafB_) = (_honest.coarse.at(0, POSITION), _liar.coarse.at(0, POSITION));
        bytes memory call_ = sealCoarseOf(_key, _honest, _liar);
        as_(_honest);
        (bool success,) = address(_game).call(call_);
        assertTrue(success, "seal refused");
        note("sealCoarse", 250_000, true);
    }

    function sealCoarseOf(ITournament.MatchKey memory _key, Side memory _honest, Side memory _liar)
        internal
        view
        returns (bytes memory call_)
    {
        ITournament.AgreedState memory prev;
        prev.stateHash = _honest.coarse.at(0, POSITION - 1);
        prev.siblings = _honest.coarse.siblings(POSITION - 1, _coarseHeight);
        (bytes32 leafA, bytes32 leafB) = (_honest.coarse.at(0, POSITION), _liar.coarse.at(0, POSITION));
        ITournament.Origin memory none;
        return abi.encodeCall(ITournament.sealCoarse, (_key, leafA, leafB, none, prev));
    }

    /// @dev With a bystander the winner of the step meets the next opponent at once.
    function playFine(
        ITournament.MatchKey memory _key,
        Side memory _honest,
        Side memory _liar,
        bytes32 _leafA,
        bytes32 _leafB,
        bool _withThird
    ) internal {
        joinInner(_key, _honest, _leafA, _leafB);
        note("joinInner", 130_000, true);
        joinInner(_key, _liar, _leafA, _leafB);
        note("joinInner, match made", 210_000, true);
        if (_withThird) {
            joinInner(_key, thirdOf(_leafB), _leafA, _leafB);
            note("joinInner, third", 130_000, true);
        }
        bytes32 inner = _game.innerTournamentId(originBelow(_key, _honest));
        ITournament.MatchKey memory key = ITournament.MatchKey(inner, keyOf(_honest, true), keyOf(_liar, true));
        descend(key, _honest.fine, _liar.fine, _honest, _liar);
        sealFine(key, originBelow(_key, _honest), _honest, _liar);
        note(_withThird ? "sealFine, match made" : "sealFine", 210_000 + 700 * (_fineHeight - 12), true);
    }

    /// @dev A bystander below that supports the liar's leaf with a history of its own.
    function thirdOf(bytes32 _leafB) private returns (Side memory third_) {
        third_ = sideOf("third");
        third_.fine.set((1 << _fineHeight) - 1, _leafB);
    }

    /// @dev The third claim, A of the last match, never moves.
    function timeOutThird(ITournament.MatchKey memory _key, Side memory _honest, bytes32 _leafB) internal {
        bytes32 inner = _game.innerTournamentId(originBelow(_key, _honest));
        ITournament.MatchKey memory key =
            ITournament.MatchKey(inner, keyOf(thirdOf(_leafB), true), keyOf(_honest, true));
        skip(2000);
        as_(_honest);
        _game.timeout(key);
        note("timeout", 130_000, true);
    }

    function joinInner(ITournament.MatchKey memory _key, Side memory _side, bytes32 _leafA, bytes32 _leafB) private {
        uint256 bond = _game.bondWei(MODEL, 1);
        ITournament.Origin memory origin = originBelow(_key, _side);
        as_(_side);
        _game.joinInner{value: bond}(origin, _leafA, _leafB, _side.fine.joinData());
    }

    /// @dev The state before the leaf at which the coarse match stands: both sides agree on it.
    function prevOf(Side memory _side) internal pure returns (bytes32) {
        return _side.coarse.at(0, POSITION - 1);
    }

    function originBelow(ITournament.MatchKey memory _key, Side memory _side)
        internal
        view
        returns (ITournament.Origin memory)
    {
        return ITournament.Origin(_game.matchIdOf(_key), MODEL, prevOf(_side));
    }

    function sealFine(
        ITournament.MatchKey memory _key,
        ITournament.Origin memory _origin,
        Side memory _honest,
        Side memory _liar
    ) private {
        ITournament.AgreedState memory prev;
        prev.stateHash = _honest.fine.at(0, 0);
        prev.siblings = _honest.fine.siblings(0, _fineHeight);
        bytes memory witness = dataWitness(_prestate);
        (bytes32 leafA, bytes32 leafB) = (_honest.fine.at(0, 1), _liar.fine.at(0, 1));
        as_(_honest);
        _game.sealFine(_key, leafA, leafB, _origin, prev, witness);
    }

    function finish(ITournament.MatchKey memory _key, Side memory _honest, bytes32 _leafA, bytes32 _leafB) internal {
        skip(2000);
        as_(_honest);
        _game.finishInner(_key, _leafA, _leafB, MODEL, prevOf(_honest), keyOf(_honest, true));
        note("finishInner", 130_000, true);
        as_(_honest);
        _game.finishRoot(_rootId, keyOf(_honest, false));
        note("finishRoot", 130_000, true);
        as_(_honest);
        _market.resolve(_task);
        note("resolve", 0, true);
        as_(_honest);
        _market.deliver(_task, _honest.output);
        note("deliver", 0, true);
        assertEq(_market.task(_task).result, _honest.result);
    }

    /// @dev The longest paths: the difference lies at leaf 1.
    function descend(
        ITournament.MatchKey memory _key,
        DeepTree.Tree memory _a,
        DeepTree.Tree memory _b,
        Side memory _sideA,
        Side memory _sideB
    ) private {
        uint256 height = _a.height;
        for (uint256 i = 0; height > 0; ++i) {
            (DeepTree.Tree memory x, DeepTree.Tree memory y) = i % 2 == 0 ? (_a, _b) : (_b, _a);
            bytes memory call_ = moveOf(_key, x, y, height);
            as_(i % 2 == 0 ? _sideA : _sideB);
            (bool success,) = address(_game).call(call_);
            assertTrue(success, "move refused");
            note(string.concat("move ", vm.toString(i + 1)), i == 0 ? 90_000 : 65_000, true);
            height -= 4;
        }
    }

    function moveOf(ITournament.MatchKey memory _key, DeepTree.Tree memory _x, DeepTree.Tree memory _y, uint256 _height)
        internal
        view
        returns (bytes memory call_)
    {
        uint256 child = _height == 4 ? POSITION : 0;
        bytes32 other = _y.at(_height - 4, child);
        bytes32[] memory path = _x.path(_y, _height, child);
        bytes32[] memory opened = _x.opened(_height - 4, child);
        if (_height == _x.height) return abi.encodeCall(ITournament.firstMove, (_key, child, other, path, opened));
        return abi.encodeCall(ITournament.move, (_game.matchIdOf(_key), child, other, path, opened));
    }

    /// @dev The next call is a transaction of this account.
    function as_(Side memory _side) internal {
        vm.prank(_side.account, _side.account);
    }

    function keyOf(Side memory _side, bool _isFine) internal pure returns (ITournament.ClaimKey memory) {
        if (!_isFine) return ITournament.ClaimKey(_side.coarse.root(), _side.result);
        return ITournament.ClaimKey(_side.fine.root(), _side.fine.at(0, (1 << _side.fine.height) - 1));
    }

    function joinOf(Side memory _side) internal pure returns (ITournament.JoinData memory join_) {
        join_ = _side.coarse.joinData();
        join_.evidence = _side.evidence;
    }

    function sideOf(string memory _name) internal returns (Side memory side_) {
        side_.account = makeAccount(_name, 100 ether);
        bytes32 filler = keccak256(bytes(_name));
        side_.output = fullBlock(filler);
        bytes32 finalState;
        (side_.evidence, finalState, side_.result) = finalStateProof(side_.output);
        side_.coarse = DeepTree.build(_coarseHeight, filler);
        side_.coarse.set(0, keccak256("agreed coarse leaf"));
        side_.coarse.set((1 << _coarseHeight) - 1, finalState);
        side_.fine = DeepTree.build(_fineHeight, keccak256(abi.encode(filler)));
        side_.fine.set(0, hashOf(_prestate));
        if (filler == keccak256("honest")) side_.fine.set(1, trueNext());
        side_.fine.set((1 << _fineHeight) - 1, side_.coarse.at(0, POSITION));
    }

    /// @dev An output that fills its first block, without a zero byte.
    function fullBlock(bytes32 _seed) private pure returns (bytes memory output_) {
        output_ = new bytes(124);
        for (uint256 i = 0; i < 124; ++i) output_[i] = keccak256(abi.encode(_seed, i))[0] | 0x01;
    }

    function trueNext() private view returns (bytes32) {
        return _transition.step(codeRootOf(_prestate), _codeEnd, hashOf(_prestate), dataWitness(_prestate));
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

    /// @dev A store, at the end of the code, with random memory.
    function dearestPrestate() private view returns (Prestate memory state_) {
        uint32 instruction = 0x0062a023;
        state_ = prestate(instruction, _codeEnd);
        for (uint256 i = 1; i < 32; ++i) {
            state_.registers[i] = uint32(uint256(keccak256(abi.encode(i)))) | 0x01010101;
        }
        state_.registers[0] = _codeEnd - 4;
        putWord(state_.codeBlock, _codeEnd - 4, instruction);
        state_.registers[5] = 0xfffffffc;
        state_.dataAddress = 0xfffffffc;
    }

    function modelOf(bytes32 _codeRoot) private view returns (MachineModel memory model_) {
        model_ = MachineModel({
            imageRoot: keccak256("image"),
            codeRoot: _codeRoot,
            entry: 0,
            codeEnd: _codeEnd,
            inputAddress: 0x40000000,
            inputHeight: 13,
            outputAddress: OUTPUT,
            outputHeight: 13,
            coarseHeight: _coarseHeight,
            fineHeight: _fineHeight
        });
    }
}
