#!/bin/sh
limbeck upgrade --wait 60s && exec "$@"
