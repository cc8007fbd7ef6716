// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IInferenceMarket} from "../../src/interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {ITournament} from "../../src/interfaces/ITournament.sol";
import {Bond} from "../../src/libraries/Bond.sol";
import {Kinds} from "../../src/libraries/Kinds.sol";
import {ProgramRecord} from "../../src/types/Program.sol";
import {WitnessBuilder} from "../base/WitnessBuilder.sol";
import {DeepTree} from "./DeepTree.sol";
import {Deployer} from "./Deployer.sol";
import {GasNotes} from "./GasNotes.sol";

/// @notice Disputes about programs of any heights on the real rules, down to the instructions of a block, with the longest proofs that
/// such a program has: each transaction against its budget, and what the game refunds for it.
/// @dev The claims are made up: two trees that differ in one leaf, and only what the contract looks at is true in them.
abstract contract ProgramGasTest is WitnessBuilder, GasNotes {
    using DeepTree for DeepTree.Tree;

    /// @dev Heights are such that each tree's is a multiple of 4.
    struct Shape {
        uint8 step;
        uint8 node;
        uint8 blocks;
        uint8 coarse;
        /// With a halt node there are two steps at least, and the leaf in dispute is of the second.
        bool hasHalt;
        /// The leaf in dispute is a copy after the halt; else the machine computes it.
        bool isByRule;
        uint256 numOutputs;
        /// By hand, from spec/06 §10: what the registry must say.
        uint16 words;
    }

    struct Side {
        address account;
        DeepTree.Tree graph;
        DeepTree.Tree states;
        bytes evidence;
    }

    uint32 private constant OUTPUT_BLOCK = 0x00f00000;
    uint8 private constant FINE_HEIGHT = 12;
    uint256 private constant NUM_OPERANDS = 3;

    IInferenceMarket private _market;
    bytes32 private _modelId;
    ProgramRecord private _record;
    Shape private _shape;
    uint256 private _height;
    uint256 private _index;
    bytes private _descriptorProof;
    bytes private _haltBlock;
    bytes32 private _task;
    bytes32 private _rootId;
    /// @dev Of the tournament about the block.
    ITournament.Origin private _origin;

    function setUpShape(string memory _name, Shape memory _s) private {
        _shape = _s;
        _height = uint256(_s.step) + _s.node + _s.blocks;
        IModelRegistry registry = IModelRegistry(Deployer.registry());
        address referee = Deployer.referee(address(registry), Deployer.machine(), Deployer.graph());
        ITournament.Parameters memory p = ITournament.Parameters(600, 600, 900, 120, 200 gwei, 2 gwei);
        _game = ITournament(Deployer.tournament(referee, p));
        _market = IInferenceMarket(Deployer.market(referee, address(_game), 600, 0.5 ether));
        // First word zero: the section goes on.
        _haltBlock = abi.encodePacked(_s.isByRule ? bytes4(0xffffffff) : bytes4(0), bytes28(keccak256("rest")), randomHashes(9, 3));
        if (_s.hasHalt) _index = uint256(1) << (_s.node + _s.blocks);
        bytes32[] memory codeSiblings = setRecord();
        _modelId = registry.registerProgram(
            _record.model, _record.sections, _record.outputs, new bytes32[](0), codeSiblings
        );
        assertEq(registry.termsOf(_modelId).words, _s.words, "words");
        vm.warp(1_800_000_000);
        beginNotes(_name);
    }

    /// @dev One section. The node in dispute is the first: its operands are outputs of the step before, or constants in a first step.
    function setRecord() private returns (bytes32[] memory codeSiblings_) {
        uint256 numSteps = _shape.hasHalt ? uint256(1) << _shape.step : 1;
        uint256 numNodes = uint256(1) << _shape.node;
        _record.sections.push(bytes32(numNodes << 192 | numSteps << 64 | (_shape.hasHalt ? uint256(1) << 32 : 0)));
        for (uint256 i = 0; i < _shape.numOutputs; ++i) _record.outputs.push(bytes32(uint256(128) << 128));
        bytes memory d = descriptor();
        bytes32[] memory siblings = randomHashes(5, _shape.node);
        bytes32 root = keccak256(
            abi.encodePacked(
                keccak256(abi.encodePacked(keccak256(part(d, 0)), keccak256(part(d, 128)))),
                keccak256(abi.encodePacked(keccak256(part(d, 256)), keccak256(part(d, 384))))
            )
        );
        _descriptorProof = abi.encodePacked(d, siblings);
        _record.model.programRoot = climb(root, 0, siblings);
        // 128 blocks of code in an image of 2^17.
        codeSiblings_ = randomHashes(6, 10);
        _record.model.codeRoot = keccak256("code");
        _record.model.kernelRoot = climb(_record.model.codeRoot, 0, codeSiblings_);
        _record.model.weightsRoot = keccak256("constant");
        _record.model.codeEnd = 16384;
        _record.model.outputBlockAddress = OUTPUT_BLOCK;
        _record.model.sectionsHash = keccak256(abi.encodePacked(_record.sections));
        _record.model.outputsHash = keccak256(abi.encodePacked(_record.outputs));
        _record.model.inputsHash = keccak256("");
        (_record.model.numNodes, _record.model.numConstants) = (uint32(numNodes), 1);
        (_record.model.stepHeight, _record.model.nodeHeight, _record.model.blockHeight) =
            (_shape.step, _shape.node, _shape.blocks);
        (_record.model.coarseHeight, _record.model.fineHeight) = (_shape.coarse, FINE_HEIGHT);
    }

    /// @dev Without a zero byte but where the references need one.
    function descriptor() private view returns (bytes memory d_) {
        d_ = new bytes(512);
        for (uint256 i = 0; i < 512; ++i) d_[i] = 0x7f;
        for (uint256 i = 0; i < 12 * NUM_OPERANDS; ++i) d_[40 + i] = 0;
        for (uint256 i = 0; i < NUM_OPERANDS; ++i) d_[40 + 12 * i] = _shape.hasHalt ? bytes1(0x04) : bytes1(0x01);
    }

    function part(bytes memory _bytes, uint256 _from) private pure returns (bytes memory part_) {
        part_ = new bytes(128);
        for (uint256 i = 0; i < 128; ++i) part_[i] = _bytes[_from + i];
    }

    /// @dev Two histories that differ in one leaf; below it the states of two machines that differ from their second on.
    function sideOf(string memory _name, bytes32 _leaf) private returns (Side memory side_) {
        side_.account = makeAccount(_name, 100 ether);
        side_.graph = DeepTree.build(_height, keccak256("agreed"));
        if (_shape.hasHalt) side_.graph.set(0, keccak256(_haltBlock));
        side_.graph.set(_index, _leaf);
        bytes32 filler = keccak256(bytes(_name));
        bytes32 finalState;
        (side_.evidence, finalState) = finalStateOf(_leaf, filler);
        side_.states = DeepTree.build(_shape.coarse, filler);
        side_.states.set(0, keccak256("agreed state"));
        side_.states.set((1 << _shape.coarse) - 1, finalState);
    }

    /// @dev A machine that has left with 0 and this block, all its registers in use.
    function finalStateOf(bytes32 _leaf, bytes32 _seed) private pure returns (bytes memory proof_, bytes32 stateHash_) {
        uint32[32] memory r;
        for (uint256 i = 1; i < 32; ++i) r[i] = uint32(uint256(keccak256(abi.encode(i)))) | 0x01010101;
        (r[0], r[10]) = (0xffffff00, 0);
        bytes32[] memory siblings = randomHashes(uint256(_seed), 25);
        bytes32 root = climb(_leaf, OUTPUT_BLOCK / 128, siblings);
        proof_ = abi.encodePacked(packRegisters(r), root, _leaf, siblings);
        stateHash_ = hashState(r, root);
    }

    /// @dev Evidence of a claim in the graph: the first node's output at the last position, as often as it is an output.
    function joinOf(Side memory _side) private view returns (ITournament.JoinData memory join_) {
        join_ = _side.graph.joinData();
        (join_.lastLeaf, join_.lastLeafSiblings) = (0, new bytes32[](0));
        uint256 last = (_shape.hasHalt ? (uint256(1) << _shape.step) - 1 : 0) << _shape.node;
        bytes memory output = _side.graph.proof(_shape.blocks, last);
        for (uint256 i = 0; i < _shape.numOutputs; ++i) join_.evidence = bytes.concat(join_.evidence, output);
    }

    /// @dev Evidence about the leaf in dispute (spec/07 §5).
    function judgement(Side memory _side) private view returns (bytes memory evidence_) {
        evidence_ = _descriptorProof;
        bytes memory operand = abi.encodePacked(_record.model.weightsRoot);
        if (_shape.hasHalt) {
            bytes memory halt = _side.graph.proof(0, 0);
            assembly ("memory-safe") {
                // Its siblings alone: the leaf is the hash of the block.
                mstore(add(halt, 32), sub(mload(halt), 32))
                halt := add(halt, 32)
            }
            evidence_ = bytes.concat(evidence_, _haltBlock, halt);
            if (_shape.isByRule) return bytes.concat(evidence_, _side.graph.proof(0, 0));
            operand = _side.graph.proof(_shape.blocks, 0);
        }
        for (uint256 i = 0; i < NUM_OPERANDS; ++i) evidence_ = bytes.concat(evidence_, operand);
    }

    // The game

    function play(string memory _name, Shape memory _s) internal {
        setUpShape(_name, _s);
        // By rule the truth is the leaf before: the halt node's own first block.
        Side memory honest = sideOf("honest", _shape.isByRule ? keccak256(_haltBlock) : keccak256("true block"));
        Side memory liar = sideOf("liar", keccak256("false block"));
        ITournament.MatchKey memory key = begin(honest, liar);
        descend(key, honest, liar, honest.graph, liar.graph, _index);
        sealGraph(key, honest, liar);
        if (_shape.isByRule) {
            assertEq(_game.matchOf(_game.matchIdOf(key)).phase, 5, "decided");
            return;
        }
        assertEq(_game.matchOf(_game.matchIdOf(key)).phase, 4, "opened");
        key = joinBelow(honest, liar);
        descend(key, honest, liar, honest.states, liar.states, 1);
        sealBlock(key, honest, liar);
    }

    function begin(Side memory _a, Side memory _b) private returns (ITournament.MatchKey memory key_) {
        _task = _market.request{value: 1 ether}(_modelId, "", uint40(block.timestamp + 1000), 0);
        as_(_b);
        _market.submit{value: 0.5 ether}(_task, new bytes(128 * _shape.numOutputs), false);
        _rootId = _game.rootTournamentId(address(_market), _task);
        uint256 bond = _game.bondWei(_modelId, uint8(Kinds.GRAPH));
        ITournament.JoinData memory join = joinOf(_a);
        refundedGas();
        as_(_a);
        _market.challenge{value: bond}(_task, join);
        note("challenge", Bond.OPEN_GAS + Bond.provenGas(Kinds.GRAPH, _height, _shape.words), true, slackOf(join.evidence));
        join = joinOf(_b);
        as_(_b);
        _game.joinRoot{value: bond}(_rootId, join);
        uint256 budget = Bond.joinGas(Kinds.GRAPH, _height, _shape.words);
        note("joinRoot, match made", budget, true, slackOf(join.evidence));
        key_ = ITournament.MatchKey(_rootId, keyOf(_a), keyOf(_b));
    }

    function keyOf(Side memory _side) private view returns (ITournament.ClaimKey memory key_) {
        bytes32[] memory roots = new bytes32[](_shape.numOutputs);
        uint256 last = (_shape.hasHalt ? (uint256(1) << _shape.step) - 1 : 0) << _shape.node;
        for (uint256 i = 0; i < roots.length; ++i) roots[i] = _side.graph.at(_shape.blocks, last);
        key_ = ITournament.ClaimKey(
            _side.graph.root(), keccak256(abi.encodePacked(keccak256("opml.result.program.1"), roots))
        );
    }

    /// @dev Down to the leaf at which two trees differ.
    function descend(
        ITournament.MatchKey memory _key,
        Side memory _sideA,
        Side memory _sideB,
        DeepTree.Tree memory _a,
        DeepTree.Tree memory _b,
        uint256 _leaf
    ) private {
        uint256 height = _a.height;
        for (uint256 i = 0; height > 0; ++i) {
            (DeepTree.Tree memory x, DeepTree.Tree memory y) = i % 2 == 0 ? (_a, _b) : (_b, _a);
            bytes memory call_ = moveOf(_key, x, y, height, _leaf, i == 0);
            as_(i % 2 == 0 ? _sideA : _sideB);
            (bool success,) = address(_game).call(call_);
            assertTrue(success, "move refused");
            string memory name = string.concat("move ", vm.toString(_a.height), " ", vm.toString(i + 1));
            note(name, i == 0 ? Bond.FIRST_MOVE_GAS : Bond.MOVE_GAS, true);
            height -= 4;
        }
    }

    function moveOf(
        ITournament.MatchKey memory _key,
        DeepTree.Tree memory _x,
        DeepTree.Tree memory _y,
        uint256 _from,
        uint256 _leaf,
        bool _isFirst
    ) private view returns (bytes memory call_) {
        uint256 index = _leaf >> (_from - 4);
        bytes32 otherChild = _y.at(_from - 4, index);
        bytes32[] memory path = _x.path(_y, _from, index >> 4, index & 15);
        bytes32[] memory opened = _x.opened(_from - 4, index);
        if (_isFirst) return abi.encodeCall(ITournament.firstMove, (_key, index & 15, otherChild, path, opened));
        return abi.encodeCall(ITournament.move, (_game.matchIdOf(_key), index & 15, otherChild, path, opened));
    }

    function sealGraph(ITournament.MatchKey memory _key, Side memory _a, Side memory _b) private {
        bytes memory evidence = judgement(_a);
        (bytes32 leafA, bytes32 leafB) = (_a.graph.at(0, _index), _b.graph.at(0, _index));
        as_(_a);
        _game.sealGraph(_key, leafA, leafB, false, evidence);
        string memory name = _shape.isByRule ? "sealGraph, by rule" : "sealGraph";
        note(name, Bond.SEAL_GRAPH_GAS + Bond.wordsGas(_shape.words), true, slackOf(evidence));
        vm.snapshotValue(_group, string.concat(name, ", words"), evidence.length / 32);
        assertLe(evidence.length, 32 * uint256(_shape.words), "no longer than counted");
        _origin = ITournament.Origin(_reader.parentMatch(), _modelId, _reader.prevState());
    }

    function joinBelow(Side memory _a, Side memory _b)
        private
        returns (ITournament.MatchKey memory key_)
    {
        uint256 budget = Bond.joinGas(Kinds.BLOCK, _shape.coarse, 0);
        joinBlock(_a, _a, _b);
        note("joinInner, block", budget, true, slackOf(_a.evidence));
        joinBlock(_b, _a, _b);
        note("joinInner, block, match made", budget, true, slackOf(_b.evidence));
        bytes32 inner = _game.innerTournamentId(_origin);
        key_ = ITournament.MatchKey(
            inner,
            ITournament.ClaimKey(_a.states.root(), _a.graph.at(0, _index)),
            ITournament.ClaimKey(_b.states.root(), _b.graph.at(0, _index))
        );
    }

    function joinBlock(Side memory _side, Side memory _a, Side memory _b) private {
        uint256 bond = _game.bondWei(_modelId, uint8(Kinds.BLOCK));
        ITournament.JoinData memory join = _side.states.joinData();
        join.evidence = _side.evidence;
        (bytes32 leafA, bytes32 leafB) = (_a.graph.at(0, _index), _b.graph.at(0, _index));
        as_(_side);
        _game.joinInner{value: bond}(_origin, leafA, leafB, join);
    }

    function sealBlock(ITournament.MatchKey memory _key, Side memory _a, Side memory _b) private {
        ITournament.AgreedState memory prev;
        prev.stateHash = _a.states.at(0, 0);
        prev.siblings = _a.states.siblings(0, _shape.coarse);
        (bytes32 leafA, bytes32 leafB) = (_a.states.at(0, 1), _b.states.at(0, 1));
        as_(_a);
        _game.sealCoarse(_key, leafA, leafB, _origin, prev);
        note("sealCoarse, block", Bond.SEAL_COARSE_GAS, true);
    }

    /// @dev The next call is a transaction of this account.
    function as_(Side memory _side) private {
        vm.prank(_side.account, _side.account);
    }

    /// @dev Beyond the rest 12 gas a zero byte of evidence, 30 where the calldata floor decides.
    function slackOf(bytes memory _evidence) private pure returns (uint256 slack_) {
        uint256 zeros;
        for (uint256 i = 0; i < _evidence.length; ++i) if (_evidence[i] == 0) ++zeros;
        slack_ = SLACK_GAS + 30 * zeros;
    }
}
