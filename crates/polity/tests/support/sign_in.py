"""Prints credentials of an account, as lines of an environment."""
import sys

import boto3

role = f"arn:aws:iam::{sys.argv[1]}:role/story"
credentials = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="story")["Credentials"]
print(f"AWS_ACCESS_KEY_ID={credentials['AccessKeyId']}")
print(f"AWS_SECRET_ACCESS_KEY={credentials['SecretAccessKey']}")
print(f"AWS_SESSION_TOKEN={credentials['SessionToken']}")
