"""Writes the seeds that are made, not found: python3 seeds.py, with the standard library alone.

Small files of every format in several spellings, each valid, so that the fuzzer starts behind the first checks.
"""
import gzip
import io
import json
import pathlib
import pickle
import random
import struct
import sys
import types
import zipfile
import zlib

FOLDER = pathlib.Path(__file__).parent / "Seeds"
random.seed(1)


def write(target, name, contents):
  path = FOLDER / target / name
  path.parent.mkdir(parents=True, exist_ok=True)
  path.write_bytes(contents)


# safetensors

WIDTHS = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "U8": 1}


def safetensors(tensors, metadata=None):
  header, data = ({"__metadata__": metadata} if metadata else {}), b""
  for name, (kind, shape) in tensors.items():
    size = WIDTHS[kind]
    for length in shape:
      size *= length
    header[name] = {"dtype": kind, "shape": shape, "data_offsets": [len(data), len(data) + size]}
    data += random.randbytes(size)
  text = json.dumps(header, separators=(",", ":")).encode()
  return struct.pack("<Q", len(text)) + text + data


def norm(path, channels):
  return {f"{path}.{part}": ("F16", [channels]) for part in ("mean", "offset", "scale", "variance")}


def pyramid(path, outputs):
  tensors = {f"{path}.input.weight": ("F16", [4, 4, 3, 1]), f"{path}.output.weight": ("F16", [200, outputs])}
  for block, channels in ((1, 2), (2, 4), (3, 8)):
    tensors[f"{path}.block{block}.weight"] = ("F16", [4, 4, channels // 2, channels])
    tensors |= norm(f"{path}.block{block}.norm", channels)
  return tensors


def generator():
  tensors = {"generator.input.weight": ("F16", [2, 200]), "generator.output.weight": ("F16", [4, 4, 3, 1])}
  tensors |= norm("generator.input.norm", 8)
  for block, channels in ((1, 4), (2, 2), (3, 1)):
    tensors[f"generator.block{block}.weight"] = ("F16", [4, 4, channels, channels * 2])
    tensors |= norm(f"generator.block{block}.norm", channels)
  return tensors


PROJECTOR = {
  "projector.hidden.bias": ("F16", [2]), "projector.hidden.weight": ("F16", [3, 2]),
  "projector.output.bias": ("F16", [2]), "projector.output.weight": ("F16", [2, 2]),
  "directions": ("F16", [2, 2]), "mean": ("F16", [2]),
}
NETWORK = {"architecture": "dcgan", "latentSize": 2, "normalizesCodes": False, "width": 1}
MODEL = {"format": "LatentArithmetic 1", "network": json.dumps(NETWORK), "words": "smiling\npale"}

for kind in WIDTHS:
  write("safetensors", kind, safetensors({"weight": (kind, [2, 3]), "bias": (kind, [3])}))
write("safetensors", "empty", safetensors({}))
write("safetensors", "metadata", safetensors({"a": ("U8", []), "b": ("F32", [0, 7])}, {"format": "pt", "é\n": "x"}))
INDEX = {"metadata": {"total_size": 24}, "weight_map": {"weight": "a.safetensors", "bias": "a.safetensors"}}
write("index", "one-part",
      json.dumps(INDEX).encode() + b"\0" + safetensors({"weight": ("F32", [2, 3]), "bias": ("U8", [1])}))
write("model", "projector", safetensors(PROJECTOR, MODEL))
write("model", "whole", safetensors(generator() | pyramid("encoder", 2) | PROJECTOR, MODEL))
SCORER = pyramid("scorer", 2) | {"scorer.output.bias": ("F16", [2])}
write("scorer", "whole", safetensors(
  SCORER, {"format": "LatentArithmetic scorer 1", "attributes": "Male\nSmiling", "width": "1"}))


# PyTorch: the names that a pickle refers to must be there to be written, so they are made.


def stand_in(module, name, make):
  value = make(name)
  value.__module__, value.__qualname__ = module, name
  sys.modules.setdefault(module, types.ModuleType(module)).__dict__[name] = value
  return value


def a_class(name):
  return type(name, (), {})


def a_function(name):
  function = lambda *arguments: None
  function.__name__ = name
  return function


for module in ("torch", "torch._utils", "torch.nn", "torch.nn.parameter"):
  sys.modules[module] = types.ModuleType(module)
REBUILD = stand_in("torch._utils", "_rebuild_tensor_v2", a_function)
PARAMETER = stand_in("torch._utils", "_rebuild_parameter", a_function)
STORAGES = {
  kind: stand_in("torch", kind + "Storage", a_class)
  for kind in ("Float", "Half", "Double", "Long", "Int", "Byte", "Bool", "BFloat16")
}
TORCH_WIDTHS = {"Float": 4, "Half": 2, "Double": 8, "Long": 8, "Int": 4, "Byte": 1, "Bool": 1, "BFloat16": 2}


class Storage:
  def __init__(self, key, kind, count):
    self.key, self.kind, self.count = key, kind, count
    self.data = random.randbytes(count * TORCH_WIDTHS[kind])


class Tensor:
  def __init__(self, storage, shape, strides, start=0):
    self.arguments = (storage, start, tuple(shape), tuple(strides), False, {})

  def __reduce__(self):
    return REBUILD, self.arguments


class Parameter(Tensor):
  def __reduce__(self):
    return PARAMETER, (Tensor(self.arguments[0], *self.arguments[2:4]), True, {})


class Pickler(pickle._Pickler):
  def __init__(self, file, isLegacy):
    super().__init__(file, 2)
    self.isLegacy = isLegacy

  def persistent_id(self, value):
    if not isinstance(value, Storage):
      return None
    identifier = ("storage", STORAGES[value.kind], value.key, "cpu", value.count)
    return identifier + (None,) if self.isLegacy else identifier


def pickled(value, isLegacy=False):
  file = io.BytesIO()
  Pickler(file, isLegacy).dump(value)
  return file.getvalue()


def archive(value, storages, more=()):
  file = io.BytesIO()
  with zipfile.ZipFile(file, "w") as entries:
    entries.writestr(zipfile.ZipInfo("a/data.pkl"), pickled(value))
    for name, contents in more:
      entries.writestr(zipfile.ZipInfo("a/" + name), contents)
    for storage in storages:
      entries.writestr(zipfile.ZipInfo("a/data/" + storage.key), storage.data)
  return file.getvalue()


def legacy(value, storages):
  system = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
  head = [0x1950A86A20F9469CFC6C, 1001, system]
  file = b"".join(pickle.dumps(part, 2) for part in head) + pickled(value, isLegacy=True)
  file += pickle.dumps([storage.key for storage in storages], 2)
  return file + b"".join(struct.pack("<q", storage.count) + storage.data for storage in storages)


a, b = Storage("0", "Float", 12), Storage("1", "Half", 3)
state = {"state": {"weight": Parameter(a, [2, 3], [3, 1]), "turned": Tensor(a, [3, 2], [1, 4], 2)},
         "list": [Tensor(b, [3], [1]), (1, 2.5, None, True)], 7: Tensor(a, [5], [0])}
write("torch", "zip", archive(state, [a, b], [("byteorder", "little"), ("version", "3\n")]))
write("torch", "legacy", legacy(state, [a, b]))
kinds = [Storage(str(index), kind, 2) for index, kind in enumerate(STORAGES)]
write("torch", "kinds", archive({kind.kind: Tensor(kind, [2], [1]) for kind in kinds}, kinds))
SCRIPT = stand_in("__torch__", "Module", a_class)
module, inner = SCRIPT(), SCRIPT()
inner.weight, module.inner, module.training = Tensor(b, [3], [1]), inner, False
write("torch", "script", archive(module, [b], [("code/__torch__.py", "")]))

# One number serves for all, at strides of 0.
one = Storage("0", "Float", 1)
pnet = {}
for number, (inputs, outputs) in enumerate(((3, 10), (10, 16), (16, 32)), 1):
  pnet |= {f"conv{number}.weight": [outputs, inputs, 3, 3], f"conv{number}.bias": [outputs],
           f"prelu{number}.weight": [outputs]}
for name, outputs in (("conv4_1", 2), ("conv4_2", 4)):
  pnet |= {f"{name}.weight": [outputs, 32, 1, 1], f"{name}.bias": [outputs]}
pnet = {name: Tensor(one, shape, [0] * len(shape)) for name, shape in pnet.items()}
write("faces", "pnet", archive(pnet, [one]))

# NumPy


def npy(kind, shape, order=False, version=1):
  text = str({"descr": kind, "fortran_order": order, "shape": tuple(shape)}).encode()
  text += b" " * (-(len(text) + 1) % 16) + b"\n"
  count = int(kind[2:])
  for length in shape:
    count *= length
  return (b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(text)) + text
          + random.randbytes(count))


for kind in ("<f8", "<f4", "<f2", "<i8", "<i4", "<i2", "|i1", "|u1", "|b1", ">f4"):
  write("npy", "big" if kind[0] == ">" else kind[1:], npy(kind, [2, 3]))
write("npy", "fortran", npy("<f4", [2, 3], order=True))
write("npy", "scalar", npy("<f4", [], version=2))
for method, name in ((zipfile.ZIP_STORED, "stored"), (zipfile.ZIP_DEFLATED, "deflated")):
  file = io.BytesIO()
  with zipfile.ZipFile(file, "w", method) as entries:
    entries.writestr(zipfile.ZipInfo("weight.npy"), npy("<f4", [2, 3]), method)
    entries.writestr(zipfile.ZipInfo("b.npy"), npy("|u1", [64], version=2), method)
  write("npz", name, file.getvalue())

# Text

write("words", "glove", b"the 0.418 0.24968 -0.41242\nsmiling -1e-3 2 +7\n. . . 1 2 3\n")
write("words", "compressed", gzip.compress(b"the 1 2\nsmiling 3 4\n", mtime=0))
vectors = [word + b" " + random.randbytes(12) + b"\n" for word in (b"the", b"smiling", b"\xff", b"the")]
write("word2vec", "binary", b"4 3\n" + b"".join(vectors))
write("word2vec", "without-ends", b"2 3\n" + b"".join(vector[:-1] for vector in vectors[:2]))
write("words", "word2vec", b"2 3\r\nin 1 2 3\r\n\xff\xfe 0.1 1e38 -3.4028235e38\n")
write("words", "rounding", b"a 16777217.00000000001 1.00000005960464477539063 1e-45 0x1p3\n")
ATTRIBUTES = b"3\nMale Smiling\n1.jpg  1 -1\n2.jpg -1 -1\n3.jpg -1  1\n"
write("lists", "attributes", ATTRIBUTES)
write("lists", "all", ATTRIBUTES + b"\0" + b"1.jpg 0\n2.jpg 1\n3.jpg 2\n" + b"\0" + b"1.jpg 10\n2.jpg 2880\n3.jpg -7\n")

TABLE = b"image_id,Male,Smiling\n1.jpg,1,-1\n2.jpg,-1,-1\n"
write("tables", "attributes", TABLE)
write("tables", "all", TABLE + b"\0" + b"image_id,partition\n1.jpg,0\n2.jpg,1\n" + b"\0"
      + b"image_id,identity\n1.jpg,10\n2.jpg,2880\n")
write("own-table", "plain", b"file,smiling,hat\n1.jpg,1,0\n2.png,true,no\n\0x\0y")
write("own-table", "quoted", b'\xef\xbb\xbffile,"a ""big"" hat",split,identity\r\n"1.jpg",yes,validation,7\r\n'
      b'2.png,-1,test,\r\n\0x\0y')

# Pictures; JPEG files are in ../Fixtures/jpeg.


def chunk(kind, contents):
  return struct.pack(">I", len(contents)) + kind + contents + struct.pack(">I", zlib.crc32(kind + contents))


def png(color, depth, channels, more=b"", interlaced=0):
  row = (4 * depth * channels + 7) // 8
  rows = b"".join(bytes([filtering]) + random.randbytes(row) for filtering in (0, 1, 2, 3))
  if interlaced:
    rows = b"\0" * (8 * (row + 1))
  header = struct.pack(">IIBBBBB", 4, 4, depth, color, 0, 0, interlaced)
  return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + more + chunk(b"IDAT", zlib.compress(rows))
          + chunk(b"IEND", b""))


def tiff(order, orientation):
  mark, packing = (b"II", "<") if order == "little" else (b"MM", ">")
  return mark + struct.pack(packing + "HIHHHIHHI", 42, 8, 1, 0x112, 3, 1, orientation, 0, 0)


profile = struct.pack(">I4sI4s4s4s", 132, b"lcms", 0x02100000, b"mntr", b"RGB ", b"XYZ ") + bytes(104) + bytes(4)
profile = profile[:36] + b"acsp" + profile[40:]
palette = chunk(b"PLTE", random.randbytes(3 * 4)) + chunk(b"tRNS", b"\x00\x7f")
write("png", "grey1", png(0, 1, 1))
write("png", "grey16", png(0, 16, 1, chunk(b"tRNS", b"\x12\x34")))
write("png", "rgb", png(2, 8, 3, chunk(b"iCCP", b"p\0\0" + zlib.compress(profile))))
write("png", "palette", png(3, 2, 1, palette))
write("png", "grey-alpha", png(4, 8, 2, chunk(b"eXIf", tiff("big", 6))))
write("png", "rgba16", png(6, 16, 4))
write("png", "interlaced", png(6, 8, 4, interlaced=1))
for orientation in (2, 6, 9):
  write("exif", f"little{orientation}", tiff("little", orientation))
write("exif", "big", tiff("big", 8))

# The smallest file of ../Fixtures/jpeg, with an Exif block and a colour profile.
jpeg = (FOLDER.parent.parent / "Fixtures/jpeg/gray.jpg").read_bytes()
markers = b"".join(
  struct.pack(">HH", kind, len(contents) + 2) + contents
  for kind, contents in ((0xFFE1, b"Exif\0\0" + tiff("big", 6)), (0xFFE2, b"ICC_PROFILE\0\1\1" + profile)))
write("jpeg", "metadata", jpeg[:2] + markers + jpeg[2:])

# A report in which every list has an element

word = {"word": "smiling", "attribute": "Smiling", "recall": 0.5, "theta_is_weak": False, "before": -1.5,
        "steps": [{"theta": 1, "score": None, "success": 0.5}], "success": 1, "leakage_mean": 0, "leakage_max": 1e-9,
        "leakage": {"Male": 0.1}, "identity": None, "monotony": 1, "photos": 2}
write("report", "small", json.dumps({
  "reconstruction": {
    "pictures": 1, "psnr": 20, "ssim": 0.5, "identity": 1,
    "refined": [{"steps": 1, "parts": "code", "pictures": 1, "psnr": 20, "identity": None}],
    "pca": [{"components": 2, "psnr": 20}]},
  "explained_variance": {
    "projector": 0.1, "free_directions": 0.2, "share": 0.5, "pca": [{"components": 2, "share": 0.5}], "pairs": 3},
  "cosine": {
    "co_occurring": 0.1, "pairs": 1, "all": 0.1, "chance": 0.1,
    "matrix": {"words": ["smiling"], "values": [[1]]}},
  "continuity": {
    "spearman": 0.5, "pairs": 1, "right_share": 1,
    "untrained": [{"word": "a", "neighbour": "b", "expected": "c", "first": "d", "is_right": True}]},
  "words": [word], "baselines": [{"name": "b", "words": [word]}],
  "generated": {
    "fd_scorer": 1, "precision": 1, "recall": 1, "pictures": 1,
    "nearest_neighbour": {"generated_median": 1, "validation_median": 1}},
}, separators=(",", ":")).encode())

# Networks of text-driven editing; whole numbers are finite, which random halves are not.

PART = {"path": "code", "start": 0, "vectors": 1, "width": 2}
write("mapper", "whole", safetensors(
  {f"code.{layer}.{part}": ("U8", shape) for layer in (1, 2, 3, 4) for part, shape in (("weight", [2, 2]), ("bias", [2]))},
  {"format": "LatentArithmetic mapper 1", "space": "Z",
   "network": json.dumps({"codeSize": 2, "normalization": "channels", "parts": [PART]})}))


def styled(path, inputs, outputs, taps=3):
  return {
    f"{path}.conv.weight": ("U8", [1, outputs, inputs, taps, taps]),
    f"{path}.conv.modulation.weight": ("U8", [inputs, 2]), f"{path}.conv.modulation.bias": ("U8", [inputs]),
  } | ({f"{path}.noise.weight": ("U8", [1]), f"{path}.activate.bias": ("U8", [outputs])} if taps == 3
       else {f"{path}.bias": ("U8", [1, 3, 1, 1])})


STYLEGAN2 = {"style.1.weight": ("U8", [2, 2]), "style.1.bias": ("U8", [2]), "input.input": ("U8", [1, 2, 4, 4])}
STYLEGAN2 |= styled("conv1", 2, 2) | styled("to_rgb1", 2, 3, 1) | styled("convs.0", 2, 1) | styled("convs.1", 1, 1)
STYLEGAN2 |= styled("to_rgbs.0", 1, 3, 1)
write("stylegan2", "whole", safetensors(STYLEGAN2))
write("stylegan2", "average", safetensors(
  {f"g_ema.{name}": shape for name, shape in STYLEGAN2.items()} | {"latent_avg": ("U8", [2])}))


def block(path):
  norms = {f"{path}.{norm}.{part}": ("U8", [2]) for norm in ("ln_1", "ln_2") for part in ("weight", "bias")}
  return norms | {
    f"{path}.attn.in_proj_weight": ("U8", [6, 2]), f"{path}.attn.in_proj_bias": ("U8", [6]),
    f"{path}.attn.out_proj.weight": ("U8", [2, 2]), f"{path}.attn.out_proj.bias": ("U8", [2]),
    f"{path}.mlp.c_fc.weight": ("U8", [8, 2]), f"{path}.mlp.c_fc.bias": ("U8", [8]),
    f"{path}.mlp.c_proj.weight": ("U8", [2, 8]), f"{path}.mlp.c_proj.bias": ("U8", [2]),
  }


CLIP = block("visual.transformer.resblocks.0") | block("transformer.resblocks.0")
CLIP |= {f"{norm}.{part}": ("U8", [2]) for norm in ("visual.ln_pre", "visual.ln_post", "ln_final")
         for part in ("weight", "bias")}
CLIP |= {
  "visual.conv1.weight": ("U8", [2, 3, 4, 4]), "visual.class_embedding": ("U8", [2]),
  "visual.positional_embedding": ("U8", [5, 2]), "visual.proj": ("U8", [2, 3]),
  "token_embedding.weight": ("U8", [20, 2]), "positional_embedding": ("U8", [8, 2]),
  "text_projection": ("U8", [2, 3]), "logit_scale": ("F32", []),
}
write("clip", "openai", safetensors(CLIP))
write("merges", "plain", b"#version: 0.2\ns m\nsm i\nl i\ni n\nf a\nc e</w>\nfa ce</w>\n")
write("merges", "gzip", gzip.compress(b"#version: 0.2\r\ns m\r\nf a\r\n", mtime=0))

# Sentence encoders of the BERT family, as a folder with either vocabulary and as one file

TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "smiling", "face", "##s", "'", "1", "##2", "e"]
BERT = {"hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 6,
        "vocab_size": len(TOKENS), "max_position_embeddings": 16, "type_vocab_size": 2}


def dense(path, inputs, outputs):
  return {f"{path}.weight": ("U8", [outputs, inputs]), f"{path}.bias": ("U8", [outputs])}


LAYER = "encoder.layer.0."
NETWORK = {f"embeddings.{table}_embeddings.weight": ("U8", [BERT[rows], 4]) for table, rows in (
  ("word", "vocab_size"), ("position", "max_position_embeddings"), ("token_type", "type_vocab_size"))}
NETWORK |= {f"{path}.LayerNorm.{part}": ("U8", [4]) for part in ("weight", "bias")
            for path in ("embeddings", LAYER + "attention.output", LAYER + "output")}
for name in ("self.query", "self.key", "self.value", "output.dense"):
  NETWORK |= dense(LAYER + "attention." + name, 4, 4)
NETWORK |= dense(LAYER + "intermediate.dense", 4, 6) | dense(LAYER + "output.dense", 6, 4)


def folder(*files):
  return b"\0".join(file if isinstance(file, bytes) else json.dumps(file).encode() for file in files)


OPTIONS = {"do_lower_case": True, "strip_accents": None, "tokenizer_class": "BertTokenizer", "model_max_length": 1e30}
MODULES = [{"type": "sentence_transformers.models." + name} for name in ("Transformer", "Pooling", "Normalize")]
write("sentences", "whole", folder(
  BERT | {"model_type": "bert", "hidden_act": "gelu", "layer_norm_eps": 1e-12}, OPTIONS, MODULES,
  "\n".join(TOKENS).encode(), safetensors(NETWORK)))
TOKENIZER = {
  "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": {token: index for index, token in enumerate(TOKENS)}},
  "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None,
                 "lowercase": True},
  "pre_tokenizer": {"type": "BertPreTokenizer"}}
write("tokenizer", "whole", folder(BERT, {"max_seq_length": 12, "do_lower_case": False}, TOKENIZER, safetensors(NETWORK)))


def linear(path, inputs, outputs):
  return {f"{path}.weight": ("U8", [inputs, outputs]), f"{path}.bias": ("U8", [outputs])}


BLOCK = "text.block0."
ENCODER = {"text.embeddings": ("U8", [len(TOKENS), 3]), "text.positions": ("U8", [16, 4]), "text.types": ("U8", [2, 4]),
           "text.projection.weight": ("U8", [3, 4]), "text.dense.weight": ("U8", [4, 2])}
ENCODER |= {f"{path}.{part}": ("U8", [4]) for part in ("scale", "offset")
            for path in ("text.norm", BLOCK + "norm1", BLOCK + "norm2")}
for name, inputs, outputs in (
    ("attention.inputs", 4, 12), ("attention.output", 4, 4), ("expansion", 4, 6), ("contraction", 6, 4)):
  ENCODER |= linear(BLOCK + name, inputs, outputs)
WORDS = {"dropsControls": True, "lowersLetters": True, "separatesIdeographs": True}
write("sentence-file", "whole", safetensors(ENCODER, {
  "format": "LatentArithmetic sentence encoder 1", "vocabulary": "".join(token + "\n" for token in TOKENS),
  "network": json.dumps(BERT | {"table_size": 3, "output_size": 2}),
  "tokenizer": json.dumps({"tokenLimit": 12, "words": WORDS})}))

# A joint model of two attributes, with features of three numbers

JOINT = pyramid("image", 3) | linear("image.output", 200, 3) | linear("texts.hidden", 2, 3) | linear("texts.output", 3, 5)
JOINT |= {"embedding.weight": ("U8", [3, 3]), "logit.scale": ("U8", [1, 1]), "logit.bias": ("U8", [1])}
JOINT = {name: ("U8", shape) for name, (_, shape) in JOINT.items()}
write("joint", "whole", safetensors(JOINT, {
  "format": "LatentArithmetic joint model 1", "alignment": "celeba-wide",
  "network": json.dumps({"image": {"architecture": "pyramid", "width": 1}, "attributes": ["Male", "Smiling"],
                         "featureSize": 3})}))

# PyTorch's DCGAN, one number for all as above

dcgan = {}
for number, (inputs, outputs) in enumerate(((6, 8), (8, 4), (4, 2), (2, 1), (1, 3))):
  dcgan[f"main.{3 * number}.weight"] = [inputs, outputs, 4, 4]
  if number < 4:
    dcgan |= {f"main.{3 * number + 1}.{part}": [outputs] for part in ("weight", "bias", "running_mean", "running_var")}
dcgan = {name: Tensor(one, shape, [0] * len(shape)) for name, shape in dcgan.items()}
write("dcgan", "whole", archive(dcgan, [one]))
write("dcgan", "below-a-key", archive({"netG_state_dict": dcgan, "epoch": 3}, [one]))

# Directions and codes of six numbers: boundaries, components with their deviations, edits of GANSpace

write("directions", "boundary", npy("<f4", [1, 6]))
write("directions", "rows", npy("|u1", [2, 6]))
table = Storage("0", "Float", 12)
write("directions", "components", archive(
  {"comp": Tensor(table, [2, 6], [6, 1]), "mean": Tensor(table, [1, 6], [6, 1]), "std": Tensor(table, [2], [1])}, [table]))
