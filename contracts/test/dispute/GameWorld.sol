// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../src/interfaces/ITournament.sol";
import {Test} from "../base/Test.sol";
import {Deployer} from "./Deployer.sol";
import {ToyMachine, ToyRegistry} from "./ToyMachine.sol";
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
        /// States after 1, 2, … steps.
        bytes32[] states;
    }

    bytes32 internal constant MODEL = "toy model";
    bytes32 internal constant TASK = "task";
    bytes32 internal constant INPUT = "input";
    uint256 internal constant START_WEI = 1_000 ether;
    uint256 internal constant HONEST = 0;

    ToyMachine internal _toy;
    ToyRegistry internal _registry;
    ITournament internal _game;
    uint8 internal _coarse;
    uint8 internal _fine;

    bytes32 internal _rootId;
    Player[] internal _players;
    mapping(bytes32 claimId => Known) internal _known;
    mapping(bytes32 matchId => Pair) internal _pairs;
    mapping(bytes32 tournamentId => bytes32 matchId) internal _parents;
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
        (_coarse, _fine) = (_coarseHeight, _fineHeight);
        _toy = new ToyMachine();
        _registry = new ToyRegistry();
        _registry.add(MODEL, _coarseHeight, _fineHeight, 3);
        _game = ITournament(Deployer.tournament(address(_registry), address(_toy), _parameters));
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
        return uint256(1) << (_coarse + _fine);
    }

    function startState() internal pure returns (bytes32) {
        return keccak256(abi.encode("start", INPUT));
    }

    function nextState(bytes32 _state) internal pure returns (bytes32) {
        return keccak256(abi.encode("step", _state));
    }

    function honestStates() internal view returns (bytes32[] memory states_) {
        states_ = new bytes32[](numSteps());
        bytes32 state = startState();
        for (uint256 i = 0; i < states_.length; ++i) {
            state = nextState(state);
            states_[i] = state;
        }
    }

    /// @dev Wrong in step `_from`, then run on honestly from there: a liar whose own history fits together.
    function liesFrom(uint256 _from, uint256 _salt) internal view returns (bytes32[] memory states_) {
        states_ = honestStates();
        states_[_from] = keccak256(abi.encode("lie", _salt, states_[_from]));
        for (uint256 i = _from + 1; i < states_.length; ++i) states_[i] = nextState(states_[i - 1]);
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
        _accounts.push(added.account);
    }

    function account(uint256 _player) internal view returns (address) {
        return _players[_player].account;
    }

    /// @dev Coarse tree of a player: every 2^fine-th state.
    function coarseTree(uint256 _player) internal view returns (bytes32[] memory) {
        bytes32[] memory leaves = new bytes32[](1 << _coarse);
        for (uint256 k = 0; k < leaves.length; ++k) leaves[k] = _players[_player].states[((k + 1) << _fine) - 1];
        return leaves.build();
    }

    /// @dev Fine tree of a player below coarse leaf `_leaf`.
    function fineTree(uint256 _player, uint256 _leaf) internal view returns (bytes32[] memory) {
        bytes32[] memory leaves = new bytes32[](1 << _fine);
        for (uint256 k = 0; k < leaves.length; ++k) leaves[k] = _players[_player].states[(_leaf << _fine) + k];
        return leaves.build();
    }

    // What the test knows

    function know(bytes32 _tournamentId, uint256 _player, address _owner, bytes32[] memory _nodes)
        internal
        returns (bytes32 claimId_)
    {
        bytes32 last = _nodes.at(0, _nodes.length / 2 - 1);
        bytes32 outcome = _tournamentId == _rootId ? _toy.resultOfState(last) : last;
        claimId_ = keccak256(abi.encode(_tournamentId, _nodes[1], outcome));
        _known[claimId_] = Known(_tournamentId, _nodes[1], outcome, _owner, _nodes, _player);
        _claimsOf[_tournamentId].push(claimId_);
        _claimIds.push(claimId_);
    }

    function innerOf(bytes32 _matchId) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256("opml.tournament.inner.1"), _matchId));
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
            prev_.stateHash = pair.tournamentId == _rootId ? startState() : _game.tournament(pair.tournamentId).prevState;
        }
    }

    function lastMatch() internal view returns (bytes32) {
        return _matchIds[_matchIds.length - 1];
    }

    function bondOf(uint8 _level) internal view returns (uint256) {
        return _game.bondWei(MODEL, _level);
    }
}
