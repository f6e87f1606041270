#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// jpeglib.h needs size_t and FILE to be declared before it.
#include <jerror.h>
#include <jpeglib.h>

#include "common.h"

static const uint8_t exif_signature[6] = "Exif\0";

// What must survive a longjmp lives in a decoder or encoder, in the frame of the caller of the function that
// calls setjmp. The error manager comes first, so that libjpeg's pointer to it is a pointer to all of it.
typedef struct {
  struct jpeg_error_mgr manager;
  jmp_buf failed;
  char *message;
} failure_t;

typedef struct {
  failure_t failure;
  struct jpeg_decompress_struct jpeg;
  struct jpeg_progress_mgr progress;
  uint8_t *cmyk_row;
  ic_metadata metadata;
} decoder_t;

typedef struct {
  failure_t failure;
  struct jpeg_compress_struct jpeg;
  struct jpeg_destination_mgr destination;
  ic_growing file;
} encoder_t;

static _Noreturn void fail(j_common_ptr jpeg, const char *fragment) {
  failure_t *failure = (failure_t *)jpeg->err;
  ic_say(failure->message, fragment);
  longjmp(failure->failed, 1);
}

static _Noreturn void on_error(j_common_ptr jpeg) {
  char text[JMSG_LENGTH_MAX];
  jpeg->err->format_message(jpeg, text);
  fail(jpeg, text);
}

// libjpeg goes on after lost data with a warning and fills in gray; to us such a picture is damaged.
// Its other warnings (a stray byte between markers, an odd Adobe marker) lose nothing and are common.
static void on_message(j_common_ptr jpeg, int level) {
  if (level >= 0) return;
  switch (jpeg->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER: fail(jpeg, "the file ends too early, or a part of it is missing");
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC: on_error(jpeg);
  }
}

static struct jpeg_error_mgr *report_to(failure_t *failure, char *message) {
  struct jpeg_error_mgr *manager = jpeg_std_error(&failure->manager);
  manager->error_exit = on_error;
  manager->emit_message = on_message;
  failure->message = message;
  return manager;
}

// Adobe programs store CMYK inverted, 255 being no ink.
static void rgb_from_cmyk(const uint8_t *cmyk, size_t pixels, bool inverted, uint8_t *rgb) {
  uint8_t flip = inverted ? 0 : 255;
  for (size_t i = 0; i < pixels; i++, cmyk += 4, rgb += 3) {
    for (size_t c = 0; c < 3; c++) rgb[c] = (uint8_t)(((cmyk[c] ^ flip) * (cmyk[3] ^ flip) + 127) / 255);
  }
}

// libjpeg calls this at each row of blocks. A progressive file may walk over the picture in as many scans as
// it likes, each a few bytes long; this bounds the time that it can take.
static void on_progress(j_common_ptr jpeg) {
  if (((j_decompress_ptr)jpeg)->input_scan_number > IC_MAX_JPEG_SCANS) fail(jpeg, "it has too many scans");
}

static void read_header(decoder_t *decoder, ic_bytes file) {
  j_decompress_ptr jpeg = &decoder->jpeg;
  jpeg_create_decompress(jpeg);
  jpeg_mem_src(jpeg, file.bytes, (unsigned long)file.count);
  jpeg_save_markers(jpeg, JPEG_APP0 + 1, 0xFFFF);
  jpeg_save_markers(jpeg, JPEG_APP0 + 2, 0xFFFF);
  jpeg_read_header(jpeg, TRUE);
}

static void read_metadata(decoder_t *decoder) {
  j_decompress_ptr jpeg = &decoder->jpeg;
  JOCTET *profile;
  unsigned int count;
  if (jpeg_read_icc_profile(jpeg, &profile, &count)) {
    decoder->metadata.color_profile = (ic_bytes){profile, count};
  }
  const size_t skipped = sizeof exif_signature;
  for (jpeg_saved_marker_ptr marker = jpeg->marker_list; marker != NULL; marker = marker->next) {
    if (marker->marker != JPEG_APP0 + 1 || marker->data_length <= skipped) continue;
    if (memcmp(marker->data, exif_signature, skipped) != 0) continue;
    if (!ic_copy(marker->data + skipped, marker->data_length - skipped, &decoder->metadata.exif)) {
      fail((j_common_ptr)jpeg, "there is no memory for its Exif block");
    }
    return;
  }
}

static bool announce(decoder_t *decoder, ic_bytes file) {
  if (setjmp(decoder->failure.failed)) return false;
  read_header(decoder, file);
  return true;
}

static bool decode(decoder_t *decoder, ic_bytes file, uint8_t *pixels) {
  j_decompress_ptr jpeg = &decoder->jpeg;
  if (setjmp(decoder->failure.failed)) return false;
  read_header(decoder, file);
  read_metadata(decoder);
  size_t width = jpeg->image_width, height = jpeg->image_height;
  bool cmyk = jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK;
  jpeg->out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
  jpeg->dct_method = JDCT_ISLOW;
  decoder->progress.progress_monitor = on_progress;
  jpeg->progress = &decoder->progress;
  if (cmyk) {
    decoder->cmyk_row = malloc(width * 4);
    if (decoder->cmyk_row == NULL) fail((j_common_ptr)jpeg, "there is no memory to read it");
  }
  jpeg_start_decompress(jpeg);
  while (jpeg->output_scanline < height) {
    uint8_t *row = pixels + jpeg->output_scanline * width * 3;
    JSAMPROW target = cmyk ? decoder->cmyk_row : row;
    jpeg_read_scanlines(jpeg, &target, 1);
    if (cmyk) rgb_from_cmyk(decoder->cmyk_row, width, jpeg->saw_Adobe_marker, row);
  }
  jpeg_finish_decompress(jpeg);
  return true;
}

bool ic_read_jpeg_header(ic_bytes file, ic_header *header, char *message) {
  decoder_t decoder = {0};
  decoder.jpeg.err = report_to(&decoder.failure, message);
  bool read = announce(&decoder, file);
  if (read) *header = (ic_header){decoder.jpeg.image_width, decoder.jpeg.image_height, false};
  jpeg_destroy_decompress(&decoder.jpeg);
  return read;
}

bool ic_decode_jpeg(ic_bytes file, uint8_t *pixels, ic_metadata *metadata, char *message) {
  decoder_t decoder = {0};
  decoder.jpeg.err = report_to(&decoder.failure, message);
  bool decoded = decode(&decoder, file, pixels);
  jpeg_destroy_decompress(&decoder.jpeg);
  free(decoder.cmyk_row);
  if (decoded) {
    *metadata = decoder.metadata;
  } else {
    ic_free_metadata(&decoder.metadata);
  }
  return decoded;
}

static void offer_room(encoder_t *encoder) {
  if (!ic_reserve(&encoder->file, 1)) fail((j_common_ptr)&encoder->jpeg, "there is no memory for the file");
  encoder->destination.next_output_byte = encoder->file.bytes + encoder->file.count;
  encoder->destination.free_in_buffer = encoder->file.capacity - encoder->file.count;
}

static void start_output(j_compress_ptr jpeg) { offer_room(jpeg->client_data); }

// libjpeg calls this when the room offered is used up, whatever the counters say.
static boolean on_full(j_compress_ptr jpeg) {
  encoder_t *encoder = jpeg->client_data;
  encoder->file.count = encoder->file.capacity;
  offer_room(encoder);
  return TRUE;
}

static void finish_output(j_compress_ptr jpeg) {
  encoder_t *encoder = jpeg->client_data;
  encoder->file.count = encoder->file.capacity - encoder->destination.free_in_buffer;
}

// Follows jpeg_start_compress, which writes what must come first.
static void write_metadata(j_compress_ptr jpeg, const ic_metadata *metadata) {
  // A marker says its length, which counts itself, in two bytes. A profile may be spread over 255 markers,
  // each with 14 bytes of signature and numbering.
  const size_t most_exif = 65533 - sizeof exif_signature, most_profile = 255 * (65533 - 14);
  ic_bytes profile = metadata->color_profile, exif = metadata->exif;
  if (exif.count > most_exif) fail((j_common_ptr)jpeg, "its Exif block is larger than a JPEG file can hold");
  if (profile.count > most_profile) {
    fail((j_common_ptr)jpeg, "its color profile is larger than a JPEG file can hold");
  }
  if (exif.count > 0) {
    jpeg_write_m_header(jpeg, JPEG_APP0 + 1, (unsigned int)(sizeof exif_signature + exif.count));
    for (size_t i = 0; i < sizeof exif_signature; i++) jpeg_write_m_byte(jpeg, exif_signature[i]);
    for (size_t i = 0; i < exif.count; i++) jpeg_write_m_byte(jpeg, exif.bytes[i]);
  }
  if (profile.count > 0) jpeg_write_icc_profile(jpeg, profile.bytes, (unsigned int)profile.count);
}

static bool encode(encoder_t *encoder, const ic_picture *picture, int quality) {
  j_compress_ptr jpeg = &encoder->jpeg;
  if (setjmp(encoder->failure.failed)) return false;
  jpeg_create_compress(jpeg);
  jpeg->client_data = encoder;
  encoder->destination.init_destination = start_output;
  encoder->destination.empty_output_buffer = on_full;
  encoder->destination.term_destination = finish_output;
  jpeg->dest = &encoder->destination;
  jpeg->image_width = (JDIMENSION)picture->width;
  jpeg->image_height = (JDIMENSION)picture->height;
  jpeg->input_components = 3;
  jpeg->in_color_space = JCS_RGB;
  jpeg_set_defaults(jpeg);
  jpeg_set_quality(jpeg, quality, TRUE);
  if (quality >= 90) jpeg->comp_info[0].h_samp_factor = jpeg->comp_info[0].v_samp_factor = 1;
  jpeg->optimize_coding = TRUE;
  jpeg_start_compress(jpeg, TRUE);
  write_metadata(jpeg, &picture->metadata);
  while (jpeg->next_scanline < jpeg->image_height) {
    JSAMPROW row = (JSAMPROW)picture->pixels + jpeg->next_scanline * picture->width * 3;
    jpeg_write_scanlines(jpeg, &row, 1);
  }
  jpeg_finish_compress(jpeg);
  return true;
}

bool ic_encode_jpeg(const ic_picture *picture, int quality, ic_bytes *file, char *message) {
  encoder_t encoder = {0};
  encoder.jpeg.err = report_to(&encoder.failure, message);
  bool encoded = encode(&encoder, picture, quality);
  jpeg_destroy_compress(&encoder.jpeg);
  if (encoded) {
    *file = (ic_bytes){encoder.file.bytes, encoder.file.count};
  } else {
    free(encoder.file.bytes);
  }
  return encoded;
}
