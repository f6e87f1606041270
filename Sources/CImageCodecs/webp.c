// WebP by libwebp; of an animation the first frame. Without IC_WEBP there is nothing here.
#ifdef IC_WEBP

#include <webp/decode.h>
#include <webp/demux.h>

#include "common.h"

static bool read_features(ic_bytes file, WebPBitstreamFeatures *features, char *message) {
  if (WebPGetFeatures(file.bytes, file.count, features) == VP8_STATUS_OK) return true;
  ic_say(message, "its header is damaged or cut off");
  return false;
}

bool ic_read_webp_header(ic_bytes file, ic_header *header, char *message) {
  WebPBitstreamFeatures features;
  if (!read_features(file, &features, message)) return false;
  *header = (ic_header){.width = (size_t)features.width,
                        .height = (size_t)features.height,
                        .has_alpha = features.has_alpha,
                        .depth = 8};
  return true;
}

// An animation's frame covers a part of its canvas, which the library puts it on.
static bool decode_first_frame(ic_bytes file, size_t count, uint8_t *pixels, uint8_t *alpha) {
  WebPAnimDecoderOptions options;
  if (!WebPAnimDecoderOptionsInit(&options)) return false;
  options.color_mode = MODE_RGBA;
  options.use_threads = 0;
  const WebPData data = {file.bytes, file.count};
  WebPAnimDecoder *decoder = WebPAnimDecoderNew(&data, &options);
  uint8_t *canvas;
  int time;
  const bool is_decoded = decoder != NULL && WebPAnimDecoderGetNext(decoder, &canvas, &time);
  if (is_decoded) ic_separate(canvas, count, pixels, alpha);
  WebPAnimDecoderDelete(decoder);
  return is_decoded;
}

bool ic_decode_webp(ic_bytes file, uint8_t *pixels, uint8_t *alpha, char *message) {
  WebPBitstreamFeatures features;
  if (!read_features(file, &features, message)) return false;
  const size_t count = (size_t)features.width * (size_t)features.height;
  bool is_decoded;
  if (features.has_animation) {
    is_decoded = decode_first_frame(file, count, pixels, alpha);
  } else if (alpha == NULL) {
    is_decoded = WebPDecodeRGBInto(file.bytes, file.count, pixels, 3 * count, 3 * features.width) != NULL;
  } else {
    uint8_t *both = WebPDecodeRGBA(file.bytes, file.count, NULL, NULL);
    is_decoded = both != NULL;
    if (is_decoded) ic_separate(both, count, pixels, alpha);
    WebPFree(both);
  }
  if (!is_decoded) ic_say(message, "its pixels are damaged or cut off");
  return is_decoded;
}

#else
typedef int ic_without_webp;  // C asks for a declaration
#endif
