// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../src/interfaces/ITournament.sol";
import {Test} from "../base/Test.sol";
import {Deployer} from "./Deployer.sol";
import {ToyMachine, ToyRegistry} from "./ToyMachine.sol";
import {ProgramRecord} from "../../src/types/Program.sol";
import {ToyTree} from "./ToyTree.sol";

/// @notice What a test knows of games on the toy machine: players are accounts with a history each, claims are cut from
/// their trees. The test itself is the market.
abstract contract GameWorld is Test {
    using ToyTree for bytes32[];

    /// @dev What the test knows about a claim.
    struct Known {
        bytes32 tournamentId;
        bytes32 root;
        bytes32 outcome;
        address owner;
        bytes32[] nodes;
        /// The history behind it; inner claims of a player are cut from the same one.
        uint256 player;
    }

    struct Pair {
        bytes32 tournamentId;
        bytes32 a;
        bytes32 b;
    }

    struct Player {
        address account;
        /// States after 1, 2, … steps; of a tensor program those of the machine for each leaf, leaf after leaf.
        bytes32[] states;
        /// Leaves of a tensor program's trace.
        bytes32[] leaves;
    }

    bytes32 internal constant MODEL = "toy model";
    bytes32 internal constant TASK = "task";
    bytes32 internal constant INPUT = "input";
    uint256 internal constant START_WEI = 1_000 ether;
    uint256 internal constant HONEST = 0;
    uint8 internal constant COARSE = 0;
    uint8 internal constant FINE = 1;
    uint8 internal constant GRAPH = 2;
    uint8 internal constant BLOCK = 3;

    ToyMachine internal _toy;
    ToyRegistry internal _registry;
    address internal _referee;
    ITournament internal _game;
    /// @dev Height of a tensor program's trace; 0: the model is a machine program.
    uint8 internal _graph;
    uint8 internal _coarse;
    uint8 internal _fine;

    bytes32 internal _rootId;
    Player[] internal _players;
    mapping(bytes32 claimId => Known) internal _known;
    mapping(bytes32 matchId => Pair) internal _pairs;
    mapping(bytes32 tournamentId => bytes32 matchId) internal _parents;
    mapping(bytes32 matchId => bytes32 tournamentId) internal _inners;
    mapping(bytes32 tournamentId => bytes32 stateHash) internal _prevStates;
    mapping(address account => uint256 amountWei) internal _paidWei;
    mapping(bytes32 tournamentId => bytes32[] claimIds) internal _claimsOf;
    mapping(address account => uint256 amountWei) internal _refundedWei;
    bytes32[] internal _matchIds;
    bytes32[] internal _tournamentIds;
    bytes32[] internal _claimIds;
    address[] internal _accounts;

    receive() external payable {}

    function setUpGame(uint8 _coarseHeight, uint8 _fineHeight) internal {
        setUpGame(_coarseHeight, _fineHeight, defaultParameters());
    }

    function setUpGame(uint8 _coarseHeight, uint8 _fineHeight, ITournament.Parameters memory _parameters) internal {
        setUpGame(0, _coarseHeight, _fineHeight, _parameters);
    }

    /// @dev With a graph height: a tensor program.
    function setUpGame(
        uint8 _graphHeight,
        uint8 _coarseHeight,
        uint8 _fineHeight,
        ITournament.Parameters memory _parameters
    ) internal {
        (_graph, _coarse, _fine) = (_graphHeight, _coarseHeight, _fineHeight);
        _toy = new ToyMachine();
        _registry = new ToyRegistry();
        if (_graph == 0) {
            _registry.add(MODEL, _coarseHeight, _fineHeight, 3);
        } else {
            ProgramRecord memory record;
            record.model.stepHeight = _graphHeight;
            record.model.coarseHeight = _coarseHeight;
            record.model.fineHeight = _fineHeight;
            record.model.codeEnd = 128;
            _registry.addProgram(MODEL, record, 30);
        }
        _referee = Deployer.referee(address(_registry), address(_toy), address(_toy));
        _game = ITournament(Deployer.tournament(_referee, _parameters));
        _rootId = keccak256(abi.encode(keccak256("opml.tournament.root.1"), address(this), TASK));
        vm.warp(1_800_000_000);
        vm.fee(20 gwei);
        vm.txGasPrice(20 gwei);
        vm.deal(address(this), START_WEI);
        addPlayer("honest", honestStates());
    }

    function defaultParameters() internal pure returns (ITournament.Parameters memory) {
        return ITournament.Parameters({
            challengeWindow: 600,
            rootWindow: 600,
            initialClock: 900,
            allowance: 120,
            priceCapWei: 200 gwei,
            tipWei: 2 gwei
        });
    }

    // Histories

    function numSteps() internal view returns (uint256) {
        return uint256(1) << (_graph + _coarse + _fine);
    }

    function startState() internal pure returns (bytes32) {
        return keccak256(abi.encode("start", INPUT));
    }

    /// @dev The state after step `_i`, 0 being the first, of a history that is right from there on.
    function nextState(bytes32[] memory _states, uint256 _i) internal view returns (bytes32) {
        bytes32 before = _i == 0 ? startState() : _states[_i - 1];
        uint256 numBlockSteps = uint256(1) << (_coarse + _fine);
        if (_graph != 0 && _i % numBlockSteps == 0) before = blockStart(_states, _i / numBlockSteps);
        return keccak256(abi.encode("step", before));
    }

    /// @dev A machine of its own begins at each leaf of a tensor program.
    function blockStart(bytes32[] memory _states, uint256 _leaf) internal view returns (bytes32) {
        return keccak256(abi.encode("block", _leaf, _leaf == 0 ? INPUT : leafFrom(_states, _leaf - 1)));
    }

    /// @dev Leaf of a tensor program's trace: what the machine's last state stands for, or by rule from the leaf before; a history with
    /// a lie at such a leaf has another.
    function leafFrom(bytes32[] memory _states, uint256 _leaf) internal view returns (bytes32) {
        uint256 numBlockSteps = uint256(1) << (_coarse + _fine);
        bytes32 last = _states[(_leaf + 1) * numBlockSteps - 1];
        if (_leaf % 4 != 3) return keccak256(abi.encode("leaf", last));
        bytes32 state = blockStart(_states, _leaf);
        for (uint256 i = 0; i < numBlockSteps; ++i) state = keccak256(abi.encode("step", state));
        return keccak256(abi.encode(last == state ? "rule" : "lie", _leaf, leafFrom(_states, _leaf - 1)));
    }

    function leavesFrom(bytes32[] memory _states) internal view returns (bytes32[] memory leaves_) {
        leaves_ = new bytes32[](1 << _graph);
        for (uint256 k = 0; k < leaves_.length; ++k) leaves_[k] = leafFrom(_states, k);
    }

    function honestStates() internal view returns (bytes32[] memory states_) {
        states_ = new bytes32[](numSteps());
        for (uint256 i = 0; i < states_.length; ++i) states_[i] = nextState(states_, i);
    }

    /// @dev Wrong in step `_from`, then run on honestly from there: a liar whose own history fits together.
    function liesFrom(uint256 _from, uint256 _salt) internal view returns (bytes32[] memory states_) {
        states_ = honestStates();
        states_[_from] = keccak256(abi.encode("lie", _salt, states_[_from]));
        for (uint256 i = _from + 1; i < states_.length; ++i) states_[i] = nextState(states_, i);
    }

    /// @dev Wrong from one step to another, right at the end: the true result with false insides.
    function liesBetween(uint256 _from, uint256 _to, uint256 _salt) internal view returns (bytes32[] memory states_) {
        states_ = honestStates();
        for (uint256 i = _from; i < _to; ++i) states_[i] = keccak256(abi.encode("lie", _salt, states_[i]));
    }

    function addPlayer(string memory _name, bytes32[] memory _states) internal returns (uint256 player_) {
        player_ = _players.length;
        Player storage added = _players.push();
        added.account = makeAccount(_name, START_WEI);
        added.states = _states;
        if (_graph != 0) added.leaves = leavesFrom(_states);
        _accounts.push(added.account);
    }

    function account(uint256 _player) internal view returns (address) {
        return _players[_player].account;
    }

    /// @dev The player's tree in the root tournament.
    function rootTree(uint256 _player) internal view returns (bytes32[] memory) {
        if (_graph != 0) return _players[_player].leaves.build();
        return coarseTree(_player);
    }

    /// @dev Coarse tree of a player: every 2^fine-th state.
    function coarseTree(uint256 _player) internal view returns (bytes32[] memory) {
        return statesTree(_player, 0, _coarse, _fine);
    }

    /// @dev Fine tree of a player below coarse leaf `_leaf`.
    function fineTree(uint256 _player, uint256 _leaf) internal view returns (bytes32[] memory) {
        return statesTree(_player, _leaf << _fine, _fine, 0);
    }

    /// @dev The player's tree below a match that stands at a leaf.
    function innerTree(bytes32 _matchId, uint256 _player) internal view returns (bytes32[] memory) {
        uint256 first = firstStep(_pairs[_matchId].tournamentId, _game.matchOf(_matchId).index);
        bool isGraph = _game.tournament(_pairs[_matchId].tournamentId).kind == GRAPH;
        return isGraph ? statesTree(_player, first, _coarse, _fine) : statesTree(_player, first, _fine, 0);
    }

    /// @dev Number of the first step of a leaf of a tournament.
    function firstStep(bytes32 _tournamentId, uint256 _leaf) internal view returns (uint256) {
        ITournament.TournamentView memory t = _game.tournament(_tournamentId);
        if (t.kind == GRAPH) return _leaf << (_coarse + _fine);
        bytes32 parent = _parents[_tournamentId];
        if (parent == 0) return _leaf << _fine;
        uint256 above = _game.matchOf(parent).index;
        return firstStep(_pairs[parent].tournamentId, above) + (t.kind == FINE ? _leaf : _leaf << _fine);
    }

    /// @dev Tree of 2^height states of a player, 2^below steps apart, from step `_first` on.
    function statesTree(uint256 _player, uint256 _first, uint256 _height, uint256 _below)
        internal
        view
        returns (bytes32[] memory)
    {
        bytes32[] memory leaves = new bytes32[](1 << _height);
        for (uint256 k = 0; k < leaves.length; ++k) {
            leaves[k] = _players[_player].states[_first + ((k + 1) << _below) - 1];
        }
        return leaves.build();
    }

    /// @dev What proves what a claim with this tree stands for.
    function joinOf(uint8 _kind, bytes32[] memory _nodes) internal pure returns (ITournament.JoinData memory join_) {
        join_ = _nodes.joinData(_kind != FINE);
        if (_kind != GRAPH) return join_;
        uint256 height = _nodes.heightOf();
        join_.evidence = abi.encodePacked(join_.lastLeaf, _nodes.siblings((1 << height) - 1, height));
        join_.lastLeaf = 0;
        join_.lastLeafSiblings = new bytes32[](0);
    }

    /// @dev Kind of the root tournament.
    function rootKind() internal view returns (uint8) {
        return _graph == 0 ? COARSE : GRAPH;
    }

    /// @dev Kind of the tournament that a match of a tournament of this kind opens.
    function kindBelow(bytes32 _matchId) internal view returns (uint8) {
        return _game.tournament(_pairs[_matchId].tournamentId).kind == GRAPH ? BLOCK : FINE;
    }

    function outcomeOf(uint8 _kind, bytes32 _last) internal view returns (bytes32) {
        if (_kind == BLOCK) return keccak256(abi.encode("leaf", _last));
        return _kind == FINE ? _last : _toy.resultOfState(_last);
    }

    // What the test knows

    function know(bytes32 _tournamentId, uint256 _player, address _owner, bytes32[] memory _nodes)
        internal
        returns (bytes32 claimId_)
    {
        bytes32 last = _nodes.at(0, _nodes.length / 2 - 1);
        bytes32 outcome = outcomeOf(_game.tournament(_tournamentId).kind, last);
        claimId_ = keccak256(abi.encode(_tournamentId, _nodes[1], outcome));
        _known[claimId_] = Known(_tournamentId, _nodes[1], outcome, _owner, _nodes, _player);
        _claimsOf[_tournamentId].push(claimId_);
        _claimIds.push(claimId_);
    }

    /// @dev The tournament that a match has opened, as its seal told.
    function innerOf(bytes32 _matchId) internal view returns (bytes32) {
        return _inners[_matchId];
    }

    /// @dev The tournament that a match opens with a state before it.
    function innerIdOf(bytes32 _matchId, bytes32 _prevState) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256("opml.tournament.inner.2"), _matchId, MODEL, _prevState));
    }

    /// @dev A seal has opened a tournament, whose id must be made of what it is about.
    function knowInner(bytes32 _matchId, bytes32 _tournamentId, bytes32 _prevState) internal {
        assertEq(_tournamentId, innerIdOf(_matchId, _prevState), "tournament id");
        (_inners[_matchId], _parents[_tournamentId]) = (_tournamentId, _matchId);
        _prevStates[_tournamentId] = _prevState;
        _tournamentIds.push(_tournamentId);
    }

    /// @dev The agreed state before an inner tournament.
    function prevStateOf(bytes32 _tournamentId) internal view returns (bytes32) {
        return _prevStates[_tournamentId];
    }

    /// @dev What a tournament is about; all zero for the root.
    function originIn(bytes32 _tournamentId) internal view returns (ITournament.Origin memory origin_) {
        bytes32 parent = _parents[_tournamentId];
        if (parent != 0) origin_ = ITournament.Origin(parent, MODEL, _prevStates[_tournamentId]);
    }

    /// @dev What the tournament that a match is in is about.
    function originOf(bytes32 _matchId) internal view returns (ITournament.Origin memory) {
        return originIn(_pairs[_matchId].tournamentId);
    }

    /// @dev What the tournament below a match is about.
    function originBelow(bytes32 _matchId) internal view returns (ITournament.Origin memory) {
        return originIn(innerOf(_matchId));
    }

    function keyOf(bytes32 _matchId) internal view returns (ITournament.MatchKey memory) {
        Pair memory pair = _pairs[_matchId];
        return ITournament.MatchKey(pair.tournamentId, claimKey(pair.a), claimKey(pair.b));
    }

    function claimKey(bytes32 _claimId) internal view returns (ITournament.ClaimKey memory) {
        return ITournament.ClaimKey(_known[_claimId].root, _known[_claimId].outcome);
    }

    function survivorKey(bytes32 _tournamentId) internal view returns (ITournament.ClaimKey memory) {
        return claimKey(_game.tournament(_tournamentId).freeClaim);
    }

    /// @dev The leaves at which a match stands.
    function leavesOf(bytes32 _matchId) internal view returns (bytes32 leafA_, bytes32 leafB_) {
        uint256 index = _game.matchOf(_matchId).index;
        leafA_ = _known[_pairs[_matchId].a].nodes.at(0, index);
        leafB_ = _known[_pairs[_matchId].b].nodes.at(0, index);
    }

    function agreedState(bytes32 _matchId, bool _inB) internal view returns (ITournament.AgreedState memory prev_) {
        uint256 index = _game.matchOf(_matchId).index;
        Pair memory pair = _pairs[_matchId];
        bytes32[] memory nodes = _known[_inB ? pair.b : pair.a].nodes;
        prev_.inB = _inB;
        if (index > 0) {
            prev_.stateHash = nodes.at(0, index - 1);
            prev_.siblings = nodes.siblings(index - 1, nodes.heightOf());
        } else {
            ITournament.TournamentView memory t = _game.tournament(pair.tournamentId);
            prev_.stateHash = t.kind == COARSE ? startState() : prevStateOf(pair.tournamentId);
        }
    }

    /// @dev Evidence about the leaf at which a match of a graph stands: the leaf before, proven in A's or B's tree.
    function graphEvidence(bytes32 _matchId, bool _inB) internal view returns (bytes memory evidence_) {
        uint256 index = _game.matchOf(_matchId).index;
        if (index == 0) return "";
        bytes32[] memory nodes = _known[_inB ? _pairs[_matchId].b : _pairs[_matchId].a].nodes;
        evidence_ = abi.encodePacked(nodes.at(0, index - 1), nodes.siblings(index - 1, nodes.heightOf()));
    }

    function lastMatch() internal view returns (bytes32) {
        return _matchIds[_matchIds.length - 1];
    }

    function bondOf(uint8 _kind) internal view returns (uint256) {
        return _game.bondWei(MODEL, _kind);
    }
}
