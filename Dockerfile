# syntax=docker/dockerfile:1
# grade with everything that it needs, for machines without a network: Go, a C
# compiler, the course, the libraries of its tests, and a warm build cache.
#
#   docker build -t weft .
#   docker run --rm --network none -v "$PWD/exercises:/work:ro" weft 05-semaphore
ARG GO_VERSION=1.26.8
ARG DEBIAN=bookworm

FROM golang:${GO_VERSION}-${DEBIAN} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -o /out/grade ./cmd/grade

FROM golang:${GO_VERSION}-${DEBIAN}
RUN useradd --uid 10001 --create-home weft \
 && install -d -o weft -g weft /work /opt/weft
COPY --from=build /out/grade /usr/local/bin/grade
USER 10001:10001
# Outside of the home, so that a container can be started as anybody.
ENV HOME=/home/weft \
    GOPATH=/opt/weft/go \
    GOCACHE=/opt/weft/cache \
    GOTOOLCHAIN=local
WORKDIR /work
RUN grade doctor --fetch
# Every exercise is graded twice, its stub and its reference, so that a grading
# in the container compiles the submission and little else. The references are
# in no layer: they are mounted for this step only.
RUN --mount=type=bind,from=build,source=/src,target=/course \
    for ref in /course/solutions/[0-9]*/; do \
      ex=$(basename "$ref"); \
      for folder in "/course/exercises/$ex" "$ref"; do \
        grade --quick --exercise "$ex" "$folder" > /tmp/warm.log 2>&1 || [ $? -eq 1 ] || { cat /tmp/warm.log; exit 1; }; \
      done; \
    done; \
    rm /tmp/warm.log
ENV GOPROXY=off
ENTRYPOINT ["grade"]
CMD ["--help"]
