"""The same network in PyTorch and onnxruntime, with the same weights, for comparison."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnn.model.network import Network


def torch_training(
    network: Network, tokens: np.ndarray, targets: np.ndarray, rate: float, norm: float
) -> Callable[[], None]:
    """A training step of PyTorch, with its fused Adam."""
    import torch

    from_ours = torch_model(network)
    adam = torch.optim.Adam(from_ours.parameters(), lr=rate, fused=True)
    x, y = torch.from_numpy(tokens).long(), torch.from_numpy(targets).long().reshape(-1)
    sizes = network.sizes
    zeros = torch.zeros(sizes.layers, tokens.shape[1], sizes.units)
    state = [zeros, zeros]

    def run() -> None:
        logits, after = from_ours(x, (state[0], state[1]))
        state[0], state[1] = after[0].detach(), after[1].detach()
        loss = torch.nn.functional.cross_entropy(logits.reshape(-1, sizes.outputs), y)
        adam.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(from_ours.parameters(), norm)
        adam.step()

    return run


def torch_model(network: Network):  # torch is imported only here
    """The same network in PyTorch."""
    import torch

    sizes, by_name = network.sizes, network.parameters
    units = sizes.units

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = torch.nn.Embedding(sizes.inputs, sizes.embedding)
            self.lstm = torch.nn.LSTM(sizes.embedding, units, sizes.layers)
            self.readout = torch.nn.Linear(units, sizes.outputs)

        def forward(self, x, state):
            said, after = self.lstm(self.embedding(x), state)
            return self.readout(said), after

    order = np.concatenate([np.arange(k * units, (k + 1) * units) for k in (0, 1, 3, 2)])
    weights = {
        "embedding.weight": by_name["embedding"],
        "readout.weight": by_name["readout.weight"].T,
        "readout.bias": by_name["readout.bias"],
    }
    for k in range(sizes.layers):  # its gates: input, forget, candidate, output
        weights[f"lstm.weight_ih_l{k}"] = by_name[f"lstm{k}.input"][:, order].T
        weights[f"lstm.weight_hh_l{k}"] = by_name[f"lstm{k}.hidden"][:, order].T
        weights[f"lstm.bias_ih_l{k}"] = by_name[f"lstm{k}.bias"][order]
        weights[f"lstm.bias_hh_l{k}"] = np.zeros(4 * units, np.float32)
    model = Model()
    model.load_state_dict(
        {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in weights.items()}
    )
    return model


def torch_live(network: Network) -> Callable[[int], np.ndarray]:
    """A live step of PyTorch."""
    import torch

    model = torch_model(network).eval()
    zeros = torch.zeros(network.sizes.layers, 1, network.sizes.units)
    state = [(zeros, zeros)]

    def run(token: int) -> np.ndarray:
        with torch.inference_mode():
            logits, state[0] = model(torch.tensor([[token]]), state[0])
            return logits.numpy()[0, 0]

    return run


def onnx_live(network: Network) -> Callable[[int], np.ndarray]:
    """A live step of onnxruntime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(onnx_model(network), options)
    zeros = np.zeros((1, 1, network.sizes.units), np.float32)
    state = {f"{part}{k}": zeros for k in range(network.sizes.layers) for part in "hc"}
    names = [f"{name}_after" for name in state]

    def run(token: int) -> np.ndarray:
        said = session.run(["logits", *names], {"token": np.array([[token]]), **state})
        for name, after in zip(state, said[1:], strict=True):
            state[name] = after
        return said[0].reshape(-1)

    return run


def onnx_model(network: Network) -> bytes:
    """The same network as an ONNX file: Gather, an LSTM node a layer, MatMul, Add."""
    from onnx import TensorProto, helper, numpy_helper

    units, by_name = network.sizes.units, network.parameters
    order = np.concatenate([np.arange(k * units, (k + 1) * units) for k in (0, 2, 1, 3)])
    constants = {
        "embedding": by_name["embedding"],
        "readout": by_name["readout.weight"],
        "bias": by_name["readout.bias"],
    }
    nodes = [helper.make_node("Gather", ["embedding", "token"], ["x0"])]
    shape = [1, 1, units]
    inputs = [helper.make_tensor_value_info("token", TensorProto.INT64, [1, 1])]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, None)]
    for k in range(network.sizes.layers):  # its gates: input, output, forget, candidate
        constants[f"w{k}"] = by_name[f"lstm{k}.input"][:, order].T[None]
        constants[f"r{k}"] = by_name[f"lstm{k}.hidden"][:, order].T[None]
        bias = by_name[f"lstm{k}.bias"][order]
        constants[f"b{k}"] = np.concatenate([bias, np.zeros_like(bias)])[None]
        given = [f"x{k}", f"w{k}", f"r{k}", f"b{k}", "", f"h{k}", f"c{k}"]
        made = [f"y{k}", f"h{k}_after", f"c{k}_after"]
        nodes.append(helper.make_node("LSTM", given, made, hidden_size=units))
        nodes.append(helper.make_node("Squeeze", [f"y{k}", "one"], [f"x{k + 1}"]))
        for part in "hc":
            name = f"{part}{k}"
            inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
            outputs.append(helper.make_tensor_value_info(f"{name}_after", TensorProto.FLOAT, shape))
    constants["one"] = np.array([1], np.int64)
    last = f"x{network.sizes.layers}"
    nodes.append(helper.make_node("MatMul", [last, "readout"], ["product"]))
    nodes.append(helper.make_node("Add", ["product", "bias"], ["logits"]))
    stored = [numpy_helper.from_array(np.ascontiguousarray(a), n) for n, a in constants.items()]
    graph = helper.make_graph(nodes, "network", inputs, outputs, stored)
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
